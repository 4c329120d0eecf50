"""`grader release`: what students get is made from the solutions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.exits import ExitCode
from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.model.course import Assignment


def release(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment's id; all of the course where none is given.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if a tape or notebook is not up to date.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write what students get below this folder.", metavar="DIR")
    ] = None,
) -> ExitCode:
    """Record the tapes that answer for the reference on students' machines, and make the notebooks."""
    from grader.cli.selection import selected

    if check and out is not None:
        raise UsageError("--check changes nothing, and --out writes: give one of them.")
    root, course, names = selected(assignment)
    stale = False
    for name in names:
        tape = _release_tape(root, name, check=check)
        notebooks = _release_notebooks(root, name, course.assignments[name], check=check)
        stale = stale or tape or notebooks
        if out is not None:
            _hand_out(root, name, course.assignments[name], out)
    return ExitCode.REGRADE if check and stale else ExitCode.DONE


def _release_tape(root: Path, name: str, *, check: bool) -> bool:
    """Whether the tape was not up to date."""
    from grader.course.release import release as record

    released = record(root, name, check=check)
    size = f"{released.tests} tests, {released.bytes / 1024:.0f} KiB"
    _say(released.path.relative_to(root), bool(released.changed), check=check, more=f" ({size})")
    for change in released.changed:
        typer.echo(f"  {change}")
    return bool(released.changed)


def _release_notebooks(root: Path, name: str, assignment: Assignment, *, check: bool) -> bool:
    """Whether a notebook was not up to date."""
    from grader.course.notebooks import release_notebooks

    released = release_notebooks(root, name, assignment, check=check)
    for one in released:
        _say(one.path.relative_to(root), one.is_changed, check=check)
    return any(one.is_changed for one in released)


def _say(path: Path, is_changed: bool, *, check: bool, more: str = "") -> None:
    said = ("is not up to date" if check else "written") if is_changed else "up to date"
    typer.echo(f"{path}: {said}{more}")


def _hand_out(root: Path, name: str, assignment: Assignment, out: Path) -> None:
    from grader.course.handout import hand_out

    handout = hand_out(root, name, assignment, out)
    typer.echo(f"{handout.folder}: {len(handout.files)} files for students")
    for file in handout.left_out:
        typer.echo(f"  not for students, left out: {file} (handed_out: in autograder.yml gives it to them)")
