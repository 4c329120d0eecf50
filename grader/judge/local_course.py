"""What a local run knows of its assignment: from the tape, or from the course where it is here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.checks.tolerance import CEILING, Noise
from grader.judge.naming import Record
from grader.judge.places import Place, hand_ins
from grader.judge.verdicts import Evidence
from grader.model.course import Assignment, Limits, Timing
from grader.model.errors import ConfigurationError, UsageError
from grader.model.names import CONFIGURATION, as_form, forms
from grader.subjects.local import LocalSubject
from grader.subjects.namespace import NamespaceSubject
from grader.subjects.reference import LiveReference, Reference, TapedReference
from grader.subjects.tape import Tape, read

_ONE_SITTING_S = 60.0
"""Files of a download may be written one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAssignment:
    """An assignment opened for a local run."""

    id: str
    assignment: Assignment
    limits: Limits
    student: LocalSubject
    set_aside: tuple[str, ...] = ()
    """Hand-ins that lie there in both forms, worked in later in the form that is not graded."""
    reference: Reference
    tape: Tape | None
    files: tuple[str, ...]
    """The hand-in files that are graded, as they are shown."""
    timing: Timing

    def records(self, test: str) -> list[Record]:
        """What the misconceptions do in a test, as the tape knows it."""
        taped = self.tape.tests.get(test) if self.tape else None
        if taped is None:
            return []
        return [
            Record(sentence=record.sentence, evidence=Evidence.from_plain(record.evidence))
            for record in taped.records
        ]

    def noise(self, test: str) -> Noise:
        """The noise of a test as the tape knows it; without a tape the greatest tolerance holds."""
        taped = self.tape.tests.get(test) if self.tape else None
        return Noise(by_dtype=taped.noise) if taped else CEILING


def open_assignment(
    place: Place, submission: Path | None, *, timed: bool, names: Mapping[str, Any] | None = None
) -> LocalAssignment:
    """Open the assignment of a place. Raises ConfigurationError or UsageError.

    `names` is the namespace of a running notebook, which then stands for the student's files.
    """
    tape = read(place.tape) if place.tape.is_file() else None
    name, assignment, limits, timing = _described(place, tape)
    student: LocalSubject
    if names is None:
        files, shown = _hand_ins(place, submission, assignment)
        student = LocalSubject(files, shown, import_s=limits.import_s, timed=timed, cells=assignment.cells)
    else:
        files, shown = {}, {}
        student = NamespaceSubject(names, timed=timed)
    return LocalAssignment(
        id=name,
        assignment=assignment,
        limits=limits,
        student=student,
        set_aside=_set_aside(place.assignment_folder, files) if submission is None else (),
        reference=_reference(place, tape, assignment, limits),
        tape=tape,
        files=tuple(sorted(shown.values())),
        timing=timing,
    )


def _described(place: Place, tape: Tape | None) -> tuple[str, Assignment, Limits, Timing]:
    """Where the course is here, its autograder.yml rules; a copy that stands alone has the tape."""
    if tape is not None and place.solution_folder is None:
        return tape.assignment_id, tape.assignment, tape.limits, Timing()  # nothing is timed there
    if place.root is None:
        raise ConfigurationError(f"{place.folder}: neither expected.tape nor a course around it")
    try:
        from grader.model.configuration import load_course
    except ImportError:
        raise ConfigurationError(
            f"{place.root / CONFIGURATION} needs more than the student's install to be read: "
            "pip install 'torchgrade[grade]'"
        ) from None
    course = load_course(place.root / CONFIGURATION)
    name = place.folder.name
    if name not in course.assignments:
        known = ", ".join(course.assignments)
        raise ConfigurationError(f"{CONFIGURATION} has no assignment {name} (it has: {known})")
    return name, course.assignments[name], course.limits, course.timing


def _hand_ins(
    place: Place, submission: Path | None, assignment: Assignment
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files to grade, and the paths under which tracebacks show them."""
    folder = place.assignment_folder
    if submission is not None:
        if not submission.exists():
            raise UsageError(f"--submission {submission}: there is no such file or folder")
        folder = submission if submission.is_dir() else submission.parent
    given = submission.name if submission is not None and submission.is_file() else ""
    files = hand_ins(folder, assignment.files, given)
    shown = {name: _shown(folder / name) for name in files}
    if submission is not None and given and given not in files:
        first = as_form(assignment.files[0], given)  # another name stands for the assignment's main file
        files, shown = {first: submission.read_bytes()}, {first: _shown(submission)}
    return files, shown


def _set_aside(folder: Path, files: Collection[str]) -> tuple[str, ...]:
    """Hand-ins in the form that is not graded, which were worked in after the form that is.

    A release has both forms, so that a notebook beside a file says nothing by itself.
    """
    pairs = [(folder / file, folder / form) for file in files for form in forms(file) if form not in files]
    return tuple(_shown(other) for own, other in pairs if other.is_file() and _is_later(other, own))


def _is_later(path: Path, than: Path) -> bool:
    return path.stat().st_mtime > than.stat().st_mtime + _ONE_SITTING_S


def _shown(path: Path) -> str:
    """Short where it can be: relative to where the student stands."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _reference(place: Place, tape: Tape | None, assignment: Assignment, limits: Limits) -> Reference:
    solution = place.solution_folder
    if solution is not None:
        files = hand_ins(solution, assignment.files)
        shown = {name: str(solution / name) for name in files}
        return LiveReference(LocalSubject(files, shown, import_s=limits.import_s))
    if tape is None:
        raise ConfigurationError(f"{place.folder}: expected.tape is missing; `grader release` makes it")
    return TapedReference(tape)
