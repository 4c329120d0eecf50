"""`grader replay`: one test of one submission again, as it was graded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.exits import ExitCode


def replay(
    result: Annotated[Path, typer.Argument(help="A result file, OUT/results/<student>.json.")],
    test: Annotated[str, typer.Argument(help="The test's id, or a part of it that fits no other.")],
    submission: Annotated[
        Path | None,
        typer.Option(help="Where the submission lies now.", show_default="as in the result", metavar="PATH"),
    ] = None,
) -> ExitCode:
    """Run one test of one submission again with the same inputs, and show staff everything."""
    from grader.batch.replay import replay as run_again
    from grader.model.configuration import find_root

    replayed = run_again(find_root(Path.cwd()), result, test, submission)
    before, now = replayed.before, replayed.now
    typer.echo(f"{now.id}\n{now.title}\n")
    typer.echo(f"seed {before.seed}; outcome then: {before.outcome}, now: {now.outcome}")
    for label, text in (("why", now.misconception), ("message", now.message), ("hint", now.hint)):
        if text:
            typer.echo(f"{label}: {text}")
    return ExitCode.DONE
