"""Paths on the command line -> submissions as bytes, trusting nothing that lies there.

A PATH is one submission (a `.py` or `.ipynb` file, an archive, or a folder that holds a hand-in file), or a
class: a folder or an archive with a folder, a file or an archive per student, or as a learning platform's
download has it. Links and special files are never followed or opened. Nothing is dropped in silence: what is
no submission is listed as ignored, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from grader.batch.enrolling import enrol, names_of_hand_ins
from grader.batch.entries import Attempt, ClassRules, Entry, Intake, Student, read_entry
from grader.batch.names import fold, readable, unique_file_name
from grader.batch.searching import Search
from grader.batch.sources.base import Wanted
from grader.model.course import Assignment
from grader.model.errors import UsageError
from grader.model.orders import Submission
from grader.model.runs import Ignored

__all__ = ["ClassRules", "Entry", "Intake", "all_submissions", "find_submissions"]


def find_submissions(
    paths: Sequence[Path], assignment: Assignment, rules: ClassRules | None = None
) -> Intake:
    """All submissions below the paths, in the order of the paths and then by name.

    Raises UsageError where a path cannot be read or holds none at all.
    """
    rules = rules or ClassRules()
    with ExitStack() as archives:
        search = Search(Wanted(assignment=rules.assignment, files=assignment.files), rules.format, archives)
        for path in paths:
            search.look(path)
        if not search.hand_ins:
            raise UsageError(_nothing_found(paths, assignment, search.ignored))
        return _Reading(search, assignment, rules).intake()


def all_submissions(path: Path, name: str, assignment: Assignment) -> list[Submission]:
    """Every attempt of everybody that lies at a path and can be read: to find one by its digest."""
    with ExitStack() as archives:
        search = Search(Wanted(assignment=name, files=assignment.files), "", archives)
        search.look(path)
        read = (read_entry(one, one.name, assignment, ClassRules()) for one in search.hand_ins)
        return [entry.submission for entry in read if entry.submission is not None]


class _Reading:
    """Reads the hand-ins that may count, under keys of their own."""

    def __init__(self, search: Search, assignment: Assignment, rules: ClassRules) -> None:
        self._search = search
        self._assignment = assignment
        self._rules = rules
        self._enrolled = enrol(search.hand_ins, rules.roster, rules.deadline, rules.attempts)

    def intake(self) -> Intake:
        keys = self._keys()
        hand_ins = self._search.hand_ins
        entries = [
            read_entry(hand_ins[number], key, self._assignment, self._rules)
            for number, key in sorted(keys.items())
        ]
        return Intake(
            entries=tuple(entries),
            ignored=(*self._search.ignored, *self._left_out(keys)),
            students=tuple(
                Student(
                    person=taken.person,
                    attempts=tuple(
                        Attempt(entry=keys[index], number=number if taken.among > 1 else None)
                        for index, number in zip(taken.attempts, taken.numbers, strict=True)
                    ),
                )
                for taken in self._enrolled.taken
            ),
            detected=tuple(self._search.detected),
            notes=self._enrolled.notes,
            absent=self._enrolled.absent,
        )

    def _keys(self) -> dict[int, str]:
        """By number of the hand-in: what its result is called in the gradebook.

        It follows from the hand-ins alone: a roster that comes later grades nothing again.
        """
        hand_ins = self._search.hand_ins
        own_names = names_of_hand_ins(hand_ins)
        keys: dict[int, str] = {}
        used: set[str] = set()
        for taken in self._enrolled.taken:
            for index, number in zip(taken.attempts, taken.numbers, strict=True):
                if index not in keys:
                    several = len(taken.attempts) > 1 and number > 1
                    name = f"{own_names[index]} attempt {number}" if several else own_names[index]
                    keys[index] = unique_file_name(name, hand_ins[index].shown, used)
                    used.add(fold(keys[index]))
        return keys

    def _left_out(self, keys: dict[int, str]) -> Iterator[Ignored]:
        for number, one in enumerate(self._search.hand_ins):
            if number not in keys:
                said = f"is another attempt of {one.name}; attempts: {self._rules.attempts}"
                yield Ignored(path=one.shown, reason=said)


def _nothing_found(paths: Sequence[Path], assignment: Assignment, ignored: Sequence[Ignored]) -> str:
    where = ", ".join(readable(str(path)) for path in paths) or "no path"
    lines = [
        f"No submission found in {where}.",
        f"Wanted: a folder per student with {' and '.join(assignment.files)}, a .py file or an archive per "
        "student, or a download from Canvas, Moodle, Gradescope, GitHub Classroom or nbgrader.",
    ]
    lines += [f"  ignored {entry.path}: {entry.reason}" for entry in ignored[:10]]
    return "\n".join(lines)
