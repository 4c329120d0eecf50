"""The commands, each in a module of its own, whose heavy imports stay inside its function."""

from __future__ import annotations

from typing import Annotated

import typer

import grader
from grader.cli.check import check
from grader.cli.doctor import doctor
from grader.cli.exits import bordered
from grader.cli.export import export
from grader.cli.grade import grade
from grader.cli.package import package
from grader.cli.release import release
from grader.cli.replay import replay
from grader.cli.report import report
from grader.cli.verify import verify

app = typer.Typer(
    name="grader",
    help="Grades PyTorch homework, and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help needs no rich, and is there in a tenth of the time
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (check, grade, report, export, verify, release, package, replay, doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grader {grader.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Grades PyTorch homework, and says why."""


for _command in COMMANDS:
    app.command(_command.__name__)(bordered(_command))


def run() -> None:
    """Run the command line."""
    app()
