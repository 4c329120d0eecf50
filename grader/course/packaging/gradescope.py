"""`autograder.zip` for Gradescope (gradescope-autograders.readthedocs.io, "Specifications").

Everything secret lies under `/autograder/source`, which `setup.sh` closes to all but root; what a worker has
to read, the interpreter and the harness, lies under `/opt/torchgrade`. Workers get a uid of their own.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.course.packaging.contents import filled, write_course, write_harness
from grader.model.course import Course, Limits

_HARNESS_MB = 900
"""Judge, fork server and the reference's worker, beside the submission's own memory."""
_COLD_START_S = 60
_PROGRAMS = ("setup.sh", "run_autograder")
_EXECUTABLE = 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the assignment's settings page on Gradescope should say."""

    memory_mb: int
    minutes: int


def package_gradescope(
    root: Path, course: Course, assignment: str, out: Path, *, torch_index: str = ""
) -> Advice:
    """Write the archive. `torch_index` is a package index that has torch's build for the CPU."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_harness(folder)
        write_course(root, assignment, folder / "course")
        index = f"--index-url '{torch_index}'" if torch_index else ""
        (folder / "setup.sh").write_text(filled("gradescope_setup.sh", torch_index=index))
        (folder / "run_autograder").write_text(filled("gradescope_run.sh", assignment=assignment))
        _zip(folder, out)
    return advice(course.limits)


def advice(limits: Limits) -> Advice:
    """Memory for the harness and a submission at its limit; time for a submission at its limit."""
    # Twice a submission's time: after a fault of ours it is graded again within the run.
    minutes = math.ceil((2 * limits.submission_s + _COLD_START_S) / 60)
    return Advice(memory_mb=_HARNESS_MB + limits.memory_mb, minutes=min(40, max(10, minutes)))


def _zip(folder: Path, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                if name in _PROGRAMS:
                    path.chmod(_EXECUTABLE)
                archive.write(path, name)
