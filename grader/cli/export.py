"""`grader export`: grades and feedback for learning platforms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.exits import ExitCode
from grader.model.counting import counted

if TYPE_CHECKING:
    from grader.reports.exports.filling import Report
    from grader.reports.exports.stored import ClassResults

FORMATS = ("canvas", "moodle", "gradescope", "nbgrader", "csv", "json")
_FILLED = ("canvas", "moodle")
"""Formats that are a downloaded table with the scores put in."""


def export(
    format: Annotated[  # noqa: A002 - the argument's name
        str, typer.Argument(help=f"One of {', '.join(FORMATS)}.", metavar="FORMAT")
    ],
    assignment: Annotated[str, typer.Argument(help="The assignment's id.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Where its results lie.", show_default="out/<assignment>", metavar="DIR"),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="The table downloaded from Canvas or Moodle; it is not changed.", metavar="FILE"),
    ] = None,
    column: Annotated[
        str, typer.Option(help="The header of the column to fill.", show_default="told by the title")
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option(help="The file to write.", show_default="DIR/export/<format>.csv", metavar="FILE"),
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option(help="Also a zip of feedback files, for Canvas or Moodle.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> ExitCode:
    """Write grades for a learning platform, from the results alone. No grade is erased."""
    from grader.model.errors import UsageError
    from grader.reports.exports.feedback import feedback_zip
    from grader.reports.exports.stored import read_out
    from grader.reports.files import write_bytes, write_whole

    _check(format, into, feedback)
    assignment = Path(assignment).name
    out = out or Path("out") / assignment
    results = read_out(out)
    if results.record.assignment != assignment:
        raise UsageError(f"{out} holds results of {results.record.assignment!r}, not of {assignment!r}.")
    text, report = _made(format, results, into, column)
    report.notes += _warnings(results)
    to = to or out / "export" / f"{format}.{'json' if format == 'json' else 'csv'}"
    if into is not None and to.exists() and to.samefile(into):
        raise UsageError(
            f"--to is the file of --into, {into}: the download stays as it is, so that it can be compared."
        )
    written = [to]
    try:
        write_whole(to, text)
        if feedback is not None:
            packed, without = feedback_zip(results, format)
            report.notes += [f"no feedback file for {line}" for line in without]
            write_bytes(feedback, packed)
            written.append(feedback)
    except OSError as error:
        raise UsageError(f"Cannot write to {error.filename or to}: {error.strerror}.") from error
    _print(report, written, as_json=as_json)
    return ExitCode.DONE


def _check(format_: str, into: Path | None, feedback: Path | None) -> None:
    from grader.model.errors import UsageError

    if format_ not in FORMATS:
        raise UsageError(f"{format_!r} is no format; there are {', '.join(FORMATS)}.")
    if format_ in _FILLED and into is None:
        table = "gradebook" if format_ == "canvas" else "grading worksheet"
        raise UsageError(f"--into FILE is needed: the {table} downloaded from {format_.capitalize()}.")
    if format_ not in _FILLED and (into is not None or feedback is not None):
        raise UsageError(f"--into and --feedback go with {' and '.join(_FILLED)} only.")


def _made(format_: str, results: ClassResults, into: Path | None, column: str) -> tuple[str, Report]:
    from grader.reports.exports import canvas, moodle, tables

    if into is not None:
        filler = canvas.fill_gradebook if format_ == "canvas" else moodle.fill_worksheet
        return filler(results, into, column)
    made = {
        "gradescope": tables.gradescope_csv,
        "nbgrader": tables.nbgrader_csv,
        "csv": tables.plain_csv,
        "json": tables.plain_json,
    }
    return made[format_](results)


def _warnings(results: ClassResults) -> list[str]:
    """What makes these results less than the whole class's grades."""
    record = results.record
    found = []
    if record.options.only:
        found.append(f"only some tests were run (--only {' --only '.join(record.options.only)})")
    left = record.submissions - len(results.rows)
    if left > 0:
        found.append(f"{left} not graded yet: run `grader grade` again, and then export again")
    return found


def _print(report: Report, written: list[Path], *, as_json: bool) -> None:
    from dataclasses import asdict

    from grader.reports.files import json_text
    from grader.reports.text import clean

    if as_json:
        data: dict[str, Any] = {"written": [str(path) for path in written], **asdict(report)}
        sys.stdout.write(json_text(data))
        return
    typer.echo(f"{counted(report.scores, 'score')} in {', '.join(map(str, written))}")
    for title, lines in (
        ("left blank", report.blank),
        ("changed", report.changed),
        ("kept", report.kept),
        ("unmatched", report.unmatched),
        ("note", report.notes),
    ):
        for line in lines:
            typer.echo(clean(f"{title}: {line}"))
