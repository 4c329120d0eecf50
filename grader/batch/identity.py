"""What a result depends on, as one digest: unchanged means that it need not be graded again."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

import grader
from grader.model.course import Course
from grader.model.digests import digest_files
from grader.model.errors import ConfigurationError
from grader.model.results import Environment

NOT_GRADING = (".md", ".tape", ".pyc")
"""Endings of files beside the tests that no verdict depends on."""


def run_digest(root: Path, course: Course, assignment: str, only: tuple[str, ...]) -> str:
    """Digest over all that a run's results share: tests, solution, configuration, versions."""
    parts: dict[str, Any] = {
        "course": course_digest(root, assignment),
        "assignment": assignment,
        "configuration": msgspec.to_builtins(course.assignments[assignment]),
        "limits": msgspec.to_builtins(course.limits),
        "only": sorted(only),
        "versions": minor_versions(),
    }
    for key in ("title", "due", "late", "attempts"):  # shown or counted afterwards, not graded by
        parts["configuration"].pop(key)
    return _digest(parts)


def result_identity(run: str, submission: str) -> str:
    """Digest of one submission's result: the run's digest and the submission's."""
    return _digest([run, submission])


def course_digest(root: Path, assignment: str) -> str:
    """Digest of the assignment's tests, probes, data and solution."""
    files: dict[str, bytes] = {}
    for part in ("assignments", "solutions"):
        top = root / part
        shared = [path for path in top.glob("*.py") if path.is_file()] if top.is_dir() else []
        for path in [*shared, *(top / assignment).rglob("*")]:
            if _matters(path, root):
                files[path.relative_to(root).as_posix()] = _bytes_of(path)
    return digest_files(files)


def _matters(path: Path, root: Path) -> bool:
    inside = path.relative_to(root)
    hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
    return not hidden and path.suffix not in NOT_GRADING and path.is_file()


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error


def minor_versions() -> dict[str, str]:
    """`major.minor` of what makes numbers differ."""
    full = {"grader": grader.__version__, "python": platform.python_version(), "torch": _torch()}
    return {name: ".".join(text.split("+")[0].split(".")[:2]) for name, text in full.items()}


def _torch() -> str:
    try:
        return version("torch")  # from the package's metadata: importing torch takes a second
    except PackageNotFoundError:
        return "none"


def environment() -> Environment:
    """The machine as far as it can be told without torch; for what was never graded."""
    return Environment(
        grader=grader.__version__,
        python=platform.python_version(),
        torch=_torch(),
        platform=platform.platform(),
        cpu=platform.processor() or platform.machine(),
    )


def _digest(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
