"""`grader grade`: one or many submissions."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.exits import ExitCode

if TYPE_CHECKING:
    from grader.batch.grading import Graded
    from grader.batch.plan import Request
    from grader.batch.schedule import StartJudge
    from grader.cli.delivery import Deliveries


def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment's id, as in autograder.yml.")],
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="A class (a folder, an archive, an LMS download), or one submission.", metavar="PATH..."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where results go.", show_default="out/<assignment>", metavar="DIR")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Judges at work at a time.", show_default="cores")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**63 - 1, help="Seed of all inputs.", show_default="drawn, or continued"),
    ] = None,
    gradebook: Annotated[
        str | None,
        typer.Option(
            help="A file, or a database of SQLAlchemy's.", show_default="DIR/gradebook.db", metavar="URL"
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only tests with this in their id, or of this task; repeatable.", metavar="TEST"),
    ] = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade also what has not changed.")] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Run only what is pending in results that are there.")
    ] = False,
    require_isolation: Annotated[
        int, typer.Option(min=0, max=3, help="Refuse to grade below this level of confinement.")
    ] = 0,
    roster: Annotated[
        Path | None,
        typer.Option(help="The class list, a CSV.", show_default="lms: roster", metavar="FILE"),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="How the hand-ins lie there.", show_default="detected", metavar="NAME")
    ] = "",
    junit: Annotated[
        Path | None, typer.Option(help="Also write JUnit XML, which CI systems read.", metavar="FILE")
    ] = None,
    github: Annotated[
        bool,
        typer.Option("--github", help="Also tell GitHub Actions: summary, annotations, Classroom's result."),
    ] = False,
    gradescope: Annotated[
        Path | None, typer.Option(help="Also write Gradescope's results.json.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> ExitCode:
    """Grade submissions. Interrupted, the same command goes on with the rest."""
    from grader.batch.plan import Request
    from grader.cli.delivery import Deliveries
    from grader.judge.process import JudgeProcess
    from grader.model.configuration import assignment_of, find_root, load_course
    from grader.model.errors import UsageError
    from grader.model.runs import RunOptions

    if pending and (regrade or seed is not None):
        raise UsageError(
            "--pending completes results under their own seed; it goes with neither --regrade nor --seed."
        )
    if github and as_json:
        raise UsageError("--github prints workflow commands, and --json nothing but JSON; give one of them.")
    deliveries = Deliveries(junit=junit, github=github, gradescope=gradescope)
    root = find_root(Path.cwd())
    course = load_course(root)
    assignment = Path(assignment).name  # `assignments/a1/`, as a shell completes it
    assignment_of(course, assignment)
    out = out or Path("out") / assignment
    request = Request(
        root=root,
        course=course,
        assignment=assignment,
        paths=paths,
        gradebook=gradebook or str(out / "gradebook.db"),
        seed=seed,
        out=out,
        roster=roster,
        format=format,
        options=RunOptions(
            only=tuple(only or ()),
            regrade=regrade,
            pending=pending,
            require_isolation=max(require_isolation, course.least_isolation),
            workers=workers or _cores(),
        ),
    )
    return run_grade(request, out=out, as_json=as_json, start=JudgeProcess.start, deliveries=deliveries)


def run_grade(
    request: Request, *, out: Path, as_json: bool, start: StartJudge, deliveries: Deliveries
) -> ExitCode:
    """Grade, write the files, print; apart from the command so that any judge can be put in."""
    from rich.console import Console

    from grader.batch.grading import grade as grade_batch
    from grader.reports.files import json_text, result_data, run_data, write_all
    from grader.reports.progress import RunProgress
    from grader.reports.table import print_table

    console = Console(stderr=as_json, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 140  # a log has no edge
    with deliveries.around():
        with _terminated_as_interrupted(), RunProgress(console) as progress:
            graded = grade_batch(request, start=start, listener=progress)
        write_all(out, graded.record, graded.rows)
        if as_json:
            results = [result_data(row.result) for row in graded.rows]
            sys.stdout.write(json_text({"run": run_data(graded.record), "results": results}))
        else:
            print_table(console, graded.record, graded.rows)
            console.print(f"written to {out}", markup=False, soft_wrap=True)
    deliveries.deliver(request, graded)
    return _code(graded)


def _code(graded: Graded) -> ExitCode:
    if graded.record.interrupted:
        sys.stderr.write("Interrupted: what is finished is kept, and the same command continues.\n")
    return ExitCode(graded.record.exit_code)


def _cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return os.cpu_count() or 1


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, as batch systems send it, ends a run as orderly as Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
