"""Paths on the command line -> submissions as bytes, trusting nothing that lies there.

A PATH is one submission (a `.py` or `.ipynb` file, or a folder that holds a hand-in file), or a class
folder with a folder or a file per student. Links and special files are never followed or opened.
Nothing is dropped in silence: what is no submission is listed as ignored, with the reason.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.batch.names import fold, readable, unique_file_name
from grader.model.course import Assignment
from grader.model.course_rules import SUFFIXES
from grader.model.digests import digest_files
from grader.model.errors import UsageError
from grader.model.orders import Submission
from grader.model.runs import Ignored

MAX_FILE_BYTES = 1024 * 1024
MAX_LISTED = 50
CLUTTER = frozenset({"__pycache__", "__MACOSX"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One student's hand-in: what to grade, or why it was rejected."""

    student: str
    """The name as handed in, for people."""
    key: str
    """The name of its result file: safe, and unique among all entries."""
    path: str
    submission: Submission | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything found below the given paths."""

    entries: tuple[Entry, ...]
    ignored: tuple[Ignored, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a submission lies: a folder, or one file that stands for the first hand-in."""

    student: str
    path: Path
    as_file: str = ""
    """The hand-in's name for which a single file stands."""


class _Rejected(Exception):
    """A submission cannot be read; the text says why."""


def find_submissions(paths: Sequence[Path], assignment: Assignment) -> Intake:
    """All submissions below the paths, in the order of the paths and then by name.

    Raises UsageError where a path cannot be read or holds none at all.
    """
    ignored: list[Ignored] = []
    places: dict[str, _Place] = {}
    for path in paths:
        for place in _places(path, assignment, ignored):
            real = os.path.realpath(place.path.parent) + os.sep + place.path.name
            if real in places:
                ignored.append(_ignored(place.path, "was given twice"))
            places.setdefault(real, place)
    if not places:
        raise UsageError(_nothing_found(paths, assignment, ignored))
    entries: list[Entry] = []
    taken: set[str] = set()
    for place in places.values():
        key = unique_file_name(place.student, readable(str(place.path.absolute())), taken)
        taken.add(fold(key))
        entries.append(_entry(place, key, assignment))
    return Intake(entries=tuple(entries), ignored=tuple(ignored))


def _places(path: Path, assignment: Assignment, ignored: list[Ignored]) -> Iterator[_Place]:
    try:
        mode = path.stat().st_mode  # a link that the instructor names is followed; those inside are not
        if stat.S_ISREG(mode):
            yield _single_file(path, assignment)
        elif not stat.S_ISDIR(mode):
            raise UsageError(f"{readable(str(path))} is neither a file nor a folder.")
        else:
            yield from _folder(path, assignment, ignored)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"Cannot read {readable(str(path))}: {said}.") from error


def _single_file(path: Path, assignment: Assignment) -> _Place:
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{readable(str(path))} is not a submission: a .py or .ipynb file is needed.")
    for name in assignment.files:
        if path.name in _forms(name):
            return _Place(
                student=readable(path.absolute().parent.name) or path.stem, path=path.absolute().parent
            )
    return _Place(student=readable(path.stem), path=path, as_file=assignment.files[0])


def _folder(path: Path, assignment: Assignment, ignored: list[Ignored]) -> Iterator[_Place]:
    names = sorted(inside.name for inside in path.iterdir())
    if any(form in names for hand_in in assignment.files for form in _forms(hand_in)):
        resolved = path.absolute().resolve()
        yield _Place(student=readable(resolved.name) or "submission", path=resolved)
        return
    for name in names:
        inside = path / name
        why_not = _no_student(inside)
        if why_not:
            ignored.append(_ignored(inside, why_not))
        elif inside.is_dir() and not inside.is_symlink():
            yield _Place(student=readable(name), path=inside)
        else:
            yield _Place(student=readable(inside.stem), path=inside, as_file=assignment.files[0])


def _no_student(path: Path) -> str:
    """Why something in a class folder is no submission; empty where it is one, good or bad."""
    if path.name.startswith("."):
        return "is hidden"
    if path.name in CLUTTER:
        return "is left over from a program, not a submission"
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode) or path.suffix in SUFFIXES:
        return ""
    if stat.S_ISLNK(mode):
        # A link in a student's place is that student's submission, to be rejected where all can see it.
        return "" if path.is_dir() else "is a symbolic link"
    return "is no folder and no .py or .ipynb file"


def _entry(place: _Place, key: str, assignment: Assignment) -> Entry:
    path = readable(str(place.path.absolute()))
    try:
        files, found = _single(place) if place.as_file else _contents(place.path, assignment)
    except _Rejected as rejected:
        return Entry(student=place.student, key=key, path=path, submission=None, reason=str(rejected))
    submission = Submission(
        student=place.student, path=path, digest=digest_files(files), files=files, found=found
    )
    return Entry(student=place.student, key=key, path=path, submission=submission)


def _single(place: _Place) -> tuple[dict[str, bytes], tuple[str, ...]]:
    name = place.as_file.rpartition(".")[0] + place.path.suffix
    return {name: _read(place.path)}, ()


def _contents(folder: Path, assignment: Assignment) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The hand-in files of a folder, and the names of what else lies there."""
    if folder.is_symlink():
        raise _Rejected("the submission is a symbolic link; links are never followed")
    try:
        names = {inside.name for inside in folder.iterdir()}
    except OSError as error:
        raise _Rejected(f"the folder cannot be read: {error.strerror}") from error
    files = {}
    for hand_in in assignment.files:
        for form in _forms(hand_in):
            if form in names:
                files[form] = _read(folder / form)
                break
    return files, _others(folder, frozenset(files))


def _forms(hand_in: str) -> tuple[str, ...]:
    """The hand-in's own name first, then the other form: a notebook for a module and the reverse."""
    stem = hand_in.rpartition(".")[0]
    return tuple(dict.fromkeys((hand_in, *(stem + suffix for suffix in SUFFIXES))))


def _others(folder: Path, taken: frozenset[str]) -> tuple[str, ...]:
    """Names of other files, one folder deep: enough to say what was found instead."""
    names: list[str] = []
    for entry in sorted(_scan(folder), key=lambda found: found.name):
        if entry.name in taken or entry.name in CLUTTER or entry.name.startswith("."):
            continue
        inner = _scan(Path(entry.path)) if entry.is_dir(follow_symlinks=False) else []
        names += [f"{entry.name}/{below.name}" for below in inner] or [entry.name]
        if len(names) >= MAX_LISTED:
            break
    return tuple(readable(name) for name in sorted(names)[:MAX_LISTED])


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _read(path: Path) -> bytes:
    """A regular file's bytes, within the limit; a link, a pipe or a device is never opened."""
    name = readable(path.name)
    try:
        if stat.S_ISLNK(path.lstat().st_mode):
            raise _Rejected(f"{name} is a symbolic link; links are never followed")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - pathlib cannot open a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _Rejected(f"{name} is not a regular file")
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _Rejected(f"{name} cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise _Rejected(f"{name} is larger than {MAX_FILE_BYTES // 1024} KiB, the most that is read")
    return data


def _ignored(path: Path, reason: str) -> Ignored:
    return Ignored(path=readable(str(path)), reason=reason)


def _nothing_found(paths: Sequence[Path], assignment: Assignment, ignored: Sequence[Ignored]) -> str:
    where = ", ".join(readable(str(path)) for path in paths) or "no path"
    lines = [
        f"No submission found in {where}.",
        f"Wanted: a folder per student with {' and '.join(assignment.files)}, or a .py file per student.",
    ]
    lines += [f"  ignored {entry.path}: {entry.reason}" for entry in ignored[:10]]
    return "\n".join(lines)
