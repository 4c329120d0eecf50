"""`grader package`: an assignment and its grader for another platform."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.exits import ExitCode


class Platform(StrEnum):
    """Where the package is to run."""

    GRADESCOPE = "gradescope"
    GITHUB = "github"


def package(
    platform: Annotated[Platform, typer.Argument(help="Where it is to run.")],
    assignment: Annotated[str, typer.Argument(help="The assignment's id, as in autograder.yml.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="The archive (gradescope) or folder (github).", metavar="PATH"),
    ],
    torch_index: Annotated[
        str, typer.Option(help="A package index with torch's build for the CPU.", metavar="URL")
    ] = "",
    organization: Annotated[
        str, typer.Option(help="GitHub's organization of the course.", metavar="NAME")
    ] = "",
) -> ExitCode:
    """Pack an assignment, with its tests and the harness, for Gradescope or GitHub."""
    from grader.cli.selection import selected
    from grader.model.errors import UsageError

    root, course, (name,) = selected(assignment)
    if platform is Platform.GITHUB:
        from grader.course.packaging.github import package_github

        package_github(root, course, name, out, torch_index=torch_index, organization=organization)
        typer.echo(
            f"{out}: tests/ for a repository that students read, student/ for their template, staff/ for you"
        )
        typer.echo(f"{out / 'README.md'} says what goes where.")
        return ExitCode.DONE
    if organization:
        raise UsageError("--organization is for github.")
    from grader.course.packaging.gradescope import package_gradescope

    advice = package_gradescope(root, course, name, out, torch_index=torch_index)
    typer.echo(f"{out}: {out.stat().st_size / 1024:.0f} KiB; upload it under Configure Autograder.")
    typer.echo(
        f"In the assignment's settings: at least {advice.memory_mb / 1024:.1f} GB of memory, "
        f"and a timeout of {advice.minutes} minutes."
    )
    if not torch_index:
        typer.echo(
            "Without --torch-index pip may install torch with CUDA, gigabytes of it: "
            "give the index of PyTorch's CPU builds."
        )
    return ExitCode.DONE
