"""The notebook form of an assignment's starters, generated and kept beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.starters import starter_notebook
from grader.model.course import Assignment
from grader.model.errors import AuthoringError
from grader.model.names import ASSIGNMENTS, MODULE, NOTEBOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedNotebook:
    """A notebook's file, and whether it had to change."""

    path: Path
    is_changed: bool


def release_notebooks(
    root: Path, name: str, assignment: Assignment, *, check: bool = False
) -> list[ReleasedNotebook]:
    """Write the notebooks of an assignment's starters; with `check`, only say which differ.

    Raises AuthoringError where a starter is missing or cannot be read.
    """
    return [
        _released(root / ASSIGNMENTS / name / file, _example(assignment, file), check=check)
        for file in assignment.files
        if file.endswith(MODULE)
    ]


def _released(starter: Path, task: str, *, check: bool) -> ReleasedNotebook:
    try:
        source = starter.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuthoringError(f"the starter {starter} cannot be read: {error}") from None
    made = starter_notebook(source, starter.name, task)
    path = starter.with_suffix(NOTEBOOK)
    is_changed = _content(path) != json.loads(made)
    if is_changed and not check:
        path.write_text(made, encoding="utf-8")
    return ReleasedNotebook(path=path, is_changed=is_changed)


def _content(path: Path) -> Any:
    """What a notebook says, however it is laid out; None where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _example(assignment: Assignment, file: str) -> str:
    """A task of the file, for the sentence that tells how to check one."""
    return next((task for task in assignment.tasks if assignment.file_of(task) == file), "")
