"""Archives made in memory, good and bad."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def zipped_entry(name: str, mode: int = stat.S_IFREG | 0o644, data: bytes = b"x") -> bytes:
    """A zip of one entry of any Unix type, beside a good hand-in."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("hw.py", "score 10")
        info = zipfile.ZipInfo("odd")
        info.filename = name  # as a program without scruples writes it
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return made.getvalue()


def tarred(files: Mapping[str, str | bytes], mode: str = "w:gz") -> bytes:
    """A tar of these files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            raw = data.encode() if isinstance(data, str) else data
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return made.getvalue()


def tarred_entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    """A tar of one entry of any type, beside a good hand-in."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        good = tarfile.TarInfo("hw.py")
        good.size = 8
        archive.addfile(good, io.BytesIO(b"score 10"))
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
    return made.getvalue()
