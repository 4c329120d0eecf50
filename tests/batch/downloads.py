"""Class downloads of the shape that each platform gives, as files by path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.batch.packing import zipped

Files = dict[str, str | bytes]


def canvas_name(sortable: str, user: int, attachment: int, file: str, *, late: bool = False) -> str:
    """As Canvas lengthens a file's name; `sortable` is `Family, Given`."""
    plain = re.sub(r"\W", "", sortable.lower())
    return f"{plain}{'_LATE' if late else ''}_{user}_{attachment}_{file}"


def moodle_name(full_name: str, participant: int, *, plugin: str = "file") -> str:
    """A folder of Moodle's."""
    return f"{full_name.replace('_', ' ')}_{participant}_assignsubmission_{plugin}"


def gradescope(submissions: Mapping[int, Sequence[tuple[str, str, str]]], at: Mapping[int, str]) -> Files:
    """Folders with `hw.py`, and the metadata: per submission the submitters' name, SID and e-mail."""
    lines = ["---"]
    files: Files = {}
    for number, people in submissions.items():
        files[f"submission_{number}/hw.py"] = f"score {number % 10}"
        lines += [f"submission_{number}:", "  :submitters:"]
        for name, sid, email in people:
            lines += [f"  - :name: {name}", f"    :sid: '{sid}'", f"    :email: {email}"]
        lines += [f"  :created_at: {at[number]}", "  :score: 0.0", "  :status: processed"]
        lines += ["  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess", "    tests: []"]
    files["submission_metadata.yml"] = "\n".join(lines) + "\n"
    return files


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def pack(path: Path, files: Mapping[str, str | bytes], inside: str = "") -> Path:
    """The files in a zip, in one folder more if wanted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped({f"{inside}{name}": data for name, data in files.items()}))
    return path
