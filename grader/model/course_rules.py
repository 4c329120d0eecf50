"""What types and bounds cannot say of a course: rules between its keys."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from keyword import iskeyword
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from grader.model.course import Assignment
from grader.model.names import SUFFIXES
from grader.model.yamltree import Path, Problem, YamlTree

RESERVED_TASKS = frozenset(
    {"student", "status", "score", "max_score", "pending_points", "isolation", "message"}
)
"""Columns of the grades table that are no tasks."""
_ID_WORDS = "letters, digits, '_', '-' and '.'"
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

Found = Iterator[tuple[Path, str]]


def broken_rules(tree: YamlTree, assignments: Mapping[str, Assignment]) -> list[Problem]:
    """Everything in a course that is of the right type and still wrong."""
    found = list(_course_rules(tree.data if isinstance(tree.data, dict) else {}))
    for name, assignment in assignments.items():
        where: Path = ("assignments", name)
        if not _ID.fullmatch(name):
            found.append((where, f"an assignment's id is {_ID_WORDS}, because it names a folder"))
        for rule in _RULES:
            found += [((*where, *path), text) for path, text in rule(assignment)]
    return [Problem(line=tree.line_of(path), path=path, text=text) for path, text in found]


def _files(assignment: Assignment) -> Found:
    if not assignment.files:
        yield ("files",), "at least one hand-in file is needed, like [attention.py]"
    seen: set[str] = set()
    for number, name in enumerate(assignment.files):
        where = ("files", number)
        stem = name.rpartition(".")[0]
        if not name.endswith(SUFFIXES) or not _is_name(stem):
            yield (
                where,
                f"must be an importable file's name, like attention.py; given {name!r}",
            )
        elif stem.casefold() in seen:
            yield where, f"a second file for the module {stem!r}"
        seen.add(stem.casefold())


def _tasks(assignment: Assignment) -> Found:
    if not assignment.tasks:
        yield ("tasks",), "at least one task is needed, like causal_mask: {points: 9}"
    elif assignment.max_score <= 0:
        yield ("tasks",), "the points of the tasks, without extra credit, sum to 0"
    for task, wanted in assignment.tasks.items():
        where = ("tasks", task)
        if task in RESERVED_TASKS:
            yield where, f"a task cannot be called {task!r}: the grades table has a column of that name"
        if not _ID.fullmatch(task):
            yield where, f"a task's id is {_ID_WORDS}"
        if not math.isfinite(wanted.points):
            yield (*where, "points"), f"must be a finite number; given {wanted.points}"
        if wanted.file and wanted.file not in assignment.files:
            known = ", ".join(assignment.files) or "none"
            yield (*where, "file"), f"{wanted.file!r} is not among the assignment's files: {known}"


def _names(assignment: Assignment) -> Found:
    owners: dict[tuple[str, str], str] = {}
    for task, wanted in assignment.tasks.items():
        file = wanted.file or (assignment.files[0] if assignment.files else "")
        for name in assignment.names_of(task):
            where = ("tasks", task, "names") if wanted.names else ("tasks", task)
            if not _is_name(name):
                hint = "" if wanted.names else "; give the task names: [...]"
                yield where, f"{name!r} is not a name in Python{hint}"
            elif (file, name) in owners:
                yield (
                    where,
                    f"{name!r} of {file} is graded already by the task {owners[file, name]!r}",
                )
            owners.setdefault((file, name), task)


def _rest(assignment: Assignment) -> Found:
    if assignment.due is not None and assignment.due.tzinfo is None:
        given = assignment.due.isoformat()
        yield ("due",), f"needs a time zone, like 2026-12-01T23:59:00+08:00; given {given}"
    for number, file in enumerate(assignment.handed_out):
        if PurePosixPath(file).name != file:
            yield ("handed_out", number), f"must be a file's name, like demo.py, and no path; given {file!r}"
    for number, module in enumerate(assignment.warm):
        if not all(_is_name(part) for part in module.split(".")):
            yield ("warm", number), f"must be a module's name like torch.optim; given {module!r}"


def _late(assignment: Assignment) -> Found:
    if assignment.late is not None and assignment.due is None:
        yield ("late",), "there is no time from which it counts; give the assignment a due: time"
    if assignment.late is not None and assignment.late.budget_days:
        yield (
            ("late", "budget_days"),
            "the budget is the course's; it stands in the late: of the whole course",
        )


def _course_rules(data: Mapping[str, Any]) -> Found:
    if isinstance(data.get("isolation"), bool):  # to Python, and to pydantic, true equals 1
        yield ("isolation",), "must be best, 0, 1, 2 or 3; given true or false"
    if data.get("assignments") == {}:
        yield ("assignments",), "a course needs at least one assignment"
    lms = data.get("lms")
    zone = lms.get("timezone") if isinstance(lms, dict) else None
    if isinstance(zone, str) and not _is_zone(zone):
        yield ("lms", "timezone"), f"must be a name of the tz database, like Europe/Berlin; given {zone!r}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)


_RULES: tuple[Callable[[Assignment], Found], ...] = (_files, _tasks, _names, _rest, _late)
