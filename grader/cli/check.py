"""`grader check`: a student's own look at an assignment, by its public tests."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from grader.cli.exits import ExitCode
from grader.model.errors import UsageError


def check(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment's id or folder; all of them where none is given.")
    ] = None,
    submission: Annotated[
        Path | None, typer.Option(help="Check this file in place of the one in the folder.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    github: Annotated[
        bool,
        typer.Option("--github", help="Also tell GitHub Actions: summary, annotations, Classroom's result."),
    ] = False,
) -> ExitCode:
    """Check your work by the public tests."""
    folder = find_folder(Path.cwd(), assignment)
    arguments = [str(folder)]
    if submission is not None:
        if not submission.exists():
            raise UsageError(f"--submission takes a file or a folder; there is no file {str(submission)!r}.")
        arguments += ["--submission", str(submission.absolute())]
    if github:
        return _with_github(arguments, submission or folder)
    return _print_json(arguments) if as_json else _run(arguments)


def _run(arguments: list[str]) -> ExitCode:
    import pytest

    quiet = [
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]  # of this package, imported before pytest starts
    return _exit_code(pytest.main([*quiet, *arguments], plugins=[errors := _CollectionErrors()]), errors)


def _with_github(arguments: list[str], submission: Path) -> ExitCode:
    """Run as ever, then say the outcomes once more as GitHub wants them."""
    from grader.cli.delivery import tell_of_check
    from grader.judge.local_report import read_json

    with TemporaryDirectory() as folder:
        report = Path(folder) / "outcomes.json"
        code = _run([*arguments, f"--grader-json={report}"])
        if report.is_file():
            tests = read_json(report)
            files = (
                [submission.name]
                if submission.is_file()
                else sorted(path.name for path in submission.glob("*.py"))
            )
            tell_of_check("Public tests", tests, submission, files)
    return code


def _print_json(arguments: list[str]) -> ExitCode:
    """Run with everything that is for people on standard error, then print the outcomes as data."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "outcomes.json"
        with redirect_stdout(sys.stderr):
            code = _run([*arguments, f"--grader-json={report}"])
        if report.is_file():
            sys.stdout.write(report.read_text() + "\n")
    return code


def find_folder(start: Path, assignment: str | None) -> Path:
    """The folder with the tests: as given, or below `assignments/` here or further up. Raises UsageError."""
    if assignment is not None and _has_tests(start / assignment):
        return start / assignment
    if assignment is None and _has_tests(start):
        return start
    for folder in (start, *start.parents):
        top = folder / "assignments"
        if top.is_dir():
            return _below(top, assignment)
    raise UsageError(
        f"No folder `assignments` in {start} or above it. First go to the folder that holds it (cd)."
    )


def _below(top: Path, assignment: str | None) -> Path:
    if assignment is None:
        return top
    wanted = top / Path(assignment).name
    if wanted.is_dir():
        return wanted
    from difflib import get_close_matches

    known = sorted(path.name for path in top.iterdir() if _has_tests(path))
    near = get_close_matches(wanted.name, known, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"No assignment {wanted.name!r}.{guess} There are: {', '.join(known) or 'none'}.")


def _has_tests(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("test_*.py"))


class _CollectionErrors:
    """Tells a test file that cannot be collected from Ctrl-C: pytest has one exit code for both."""

    def __init__(self) -> None:
        self.count = 0

    def pytest_collectreport(self, report: object) -> None:
        self.count += bool(getattr(report, "failed", False))


def _exit_code(code: int, errors: _CollectionErrors) -> ExitCode:
    """Failing tests are a score, and not the command's failure."""
    import pytest

    if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return ExitCode.DONE
    if code == pytest.ExitCode.INTERRUPTED and not errors.count:
        return ExitCode.INTERRUPTED
    return ExitCode.REGRADE if code == pytest.ExitCode.INTERNAL_ERROR else ExitCode.USAGE
