"""`grader release`: what students get is made from the solutions."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.exits import ExitCode


def release(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment's id; all of the course where none is given.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if a tape is not up to date.")
    ] = False,
) -> ExitCode:
    """Record the tapes that answer for the reference on students' machines."""
    from grader.cli.selection import selected
    from grader.course.release import release as record

    root, _, names = selected(assignment)
    stale = False
    for name in names:
        released = record(root, name, check=check)
        stale = stale or bool(released.changed)
        size = f"{released.tests} tests, {released.bytes / 1024:.0f} KiB"
        where = released.path.relative_to(root)
        if not released.changed:
            typer.echo(f"{where}: up to date ({size})")
            continue
        typer.echo(f"{where}: {'is not up to date' if check else 'written'} ({size})")
        for change in released.changed:
            typer.echo(f"  {change}")
    return ExitCode.REGRADE if check and stale else ExitCode.DONE
