"""`grader report`: a stored run shown again, in the terminal or as HTML pages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.cli.exits import ExitCode

if TYPE_CHECKING:
    from grader.batch.handed_in import HandIns
    from grader.model.results import Result
    from grader.reports.exports.stored import ClassResults
    from grader.reports.html.report import Choices, Files, Written

_EXTRA = ("jinja2", "markupsafe", "nbconvert", "nh3", "pygments")


def report(
    out: Annotated[
        Path,
        typer.Argument(help="A folder of results, or an assignment's id for out/<id>.", metavar="OUT"),
    ],
    html: Annotated[
        Path | None,
        typer.Option(help="Write pages there: the class, and one for each submission.", metavar="DIR"),
    ] = None,
    staff: Annotated[
        bool,
        typer.Option("--staff", help="Pages for staff: also what hidden tests found, seeds and paths."),
    ] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Pages also show the outputs that notebooks were saved with.")
    ] = False,
    submissions: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where the submissions lie now; may be repeated.",
            show_default="as in the results",
            metavar="PATH",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> ExitCode:
    """Show a stored run again, from its results alone: as a table, or as HTML pages."""
    from grader.model.errors import UsageError
    from grader.reports.exports.stored import read_out

    if html is None and (staff or outputs or submissions):
        raise UsageError("--staff, --outputs and --submissions are about pages: give --html DIR, too.")
    results = read_out(_folder(out))
    if html is None:
        _show(results, as_json=as_json)
        return ExitCode.DONE
    write_report, choices = _pages(staff=staff, outputs=outputs)
    written = write_report(html, results, _finder(results, submissions or []), choices)
    _tell(written, staff=staff, as_json=as_json)
    return ExitCode.DONE


def _folder(out: Path) -> Path:
    from grader.model.errors import UsageError

    choices = [out, Path("out") / out.name]  # `assignments/a1/`, as a shell completes it
    for folder in choices:
        if (folder / "run.json").exists():
            return folder
    raise UsageError(
        f"There are no results in {choices[0]} or {choices[1]}: no run.json. Grade first, or give the folder "
        "that was grade's --out."
    )


def _pages(*, staff: bool, outputs: bool) -> tuple[Callable[..., Written], Choices]:
    """Raises UsageError where the extra is not installed."""
    from grader.model.errors import UsageError

    try:
        from grader.reports.html.report import Choices, write_report
        from grader.reports.html.views import Audience
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise UsageError(
            f"--html needs {error.name}, which is not installed: pip install 'torchgrade[reports]'"
        ) from None
    return write_report, Choices(audience=Audience.STAFF if staff else Audience.STUDENT, outputs=outputs)


def _finder(results: ClassResults, submissions: list[Path]) -> Callable[[Result], Files]:
    """What finds a result's hand-ins by path and digest, and says so where they are not to be had."""
    from grader.batch.handed_in import HandIns
    from grader.batch.nodes import Unreadable
    from grader.model.configuration import assignment_of, find_root, load_course
    from grader.model.errors import ConfigurationError, UsageError
    from grader.model.outcomes import Status
    from grader.reports.html.report import Files

    missing = [path for path in submissions if not path.exists()]
    if missing:
        raise UsageError(f"There is no {missing[0]}; --submissions says where the submissions lie.")
    name = results.record.assignment
    wanted = [row.result.submission for row in results.rows]
    hand_ins: HandIns | None = None
    no_course = ""
    try:
        assignment = assignment_of(load_course(find_root(Path.cwd())), name)
        hand_ins = HandIns(name, assignment, wanted, submissions)
    except (ConfigurationError, UsageError) as error:
        no_course = f"It cannot be looked for without the course: {str(error).partition(chr(10))[0]}"

    def find(result: Result) -> Files:
        if result.status is Status.REJECTED:
            return Files(files={}, problem="It was rejected, so nothing of it was read.")
        if not result.submission.files:
            return Files(files={}, problem="None of the files that count was handed in.")
        if hand_ins is None:
            return Files(files={}, problem=no_course)
        try:
            return Files(files=hand_ins.files(result.submission))
        except Unreadable as error:
            return Files(files={}, problem=str(error))

    return find


def _show(results: ClassResults, *, as_json: bool) -> None:
    from rich.console import Console

    from grader.reports.files import json_text, result_data, run_data
    from grader.reports.table import print_table

    if as_json:
        rows = [result_data(row.result) for row in results.rows]
        sys.stdout.write(json_text({"run": run_data(results.record), "results": rows}))
        return
    console = Console(highlight=False)
    print_table(console, results.record, results.rows)


def _tell(written: Written, *, staff: bool, as_json: bool) -> None:
    from grader.model.counting import counted
    from grader.reports.files import json_text
    from grader.reports.text import clean

    if as_json:
        data: dict[str, Any] = {
            "index": str(written.index),
            "pages": written.pages,
            "dropped": written.dropped,
            "audience": "staff" if staff else "student",
            "notes": list(written.notes),
        }
        sys.stdout.write(json_text(data))
        return
    whom = "for staff" if staff else "with what students may see"
    typer.echo(f"{counted(written.pages, 'page')} {whom}, and {written.index} for staff")
    if written.dropped:
        typer.echo(f"removed {written.dropped} of an earlier report, of submissions that are not in this run")
    for note in written.notes:
        typer.echo(clean(f"not shown: {note}"))
