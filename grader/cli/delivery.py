"""The files and messages that a CI system or a platform asks for beside the run's own files."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.errors import HarnessFault, UsageError
from grader.model.outcomes import Status

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from grader.batch.grading import Graded
    from grader.batch.plan import Request
    from grader.model.circumstances import Circumstances
    from grader.model.results import Result, TestResult

_MAX_SOURCE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What was asked for, by options of `grader grade`."""

    junit: Path | None = None
    gradescope: Path | None = None
    github: bool = False

    def around(self) -> AbstractContextManager[None]:
        """What printing has to stand in: on GitHub a line of a student's text could be a command."""
        return _no_commands() if self.github else nullcontext()

    def deliver(self, request: Request, graded: Graded) -> None:
        """Write what was asked for. Raises UsageError, or HarnessFault where a score cannot be told."""
        if self.junit is not None:
            from grader.reports.junit import junit_xml

            self.junit.parent.mkdir(parents=True, exist_ok=True)
            self.junit.write_text(junit_xml(graded.record, graded.rows), encoding="utf-8")
        if self.github:
            _to_github(graded)
        if self.gradescope is not None:
            self._to_gradescope(self.gradescope, request, graded)

    def _to_gradescope(self, path: Path, request: Request, graded: Graded) -> None:
        from grader.reports.files import json_text, write_whole
        from grader.reports.gradescope import gradescope_results, hand_in_notes

        result = _the_only_one(graded)
        if result.status is Status.FAULT:
            # Gradescope would show any score as the student's; without the file it says that grading failed.
            raise HarnessFault(
                f"{path} is not written, because the fault is not the student's: {result.message}"
            )
        found = gradescope_results(
            graded.record,
            result,
            hidden=request.description.visibility,
            notes=hand_in_notes(told) if (told := _circumstances(result)) else (),
        )
        write_whole(path, json_text(found))
        path.chmod(0o644)  # nothing in it but what the student is to see; Gradescope's own user reads it


def _circumstances(result: Result) -> Circumstances | None:
    """What Gradescope says of the hand-in, where this runs as its autograder."""
    from grader.batch.nodes import DiskNode
    from grader.batch.sources.gradescope_autograder import GRADESCOPE_AUTOGRADER, METADATA, circumstances

    if result.origin is None or result.origin.format != GRADESCOPE_AUTOGRADER.name:
        return None
    return circumstances(DiskNode(Path(result.submission.path).with_name(METADATA)))


def _the_only_one(graded: Graded) -> Result:
    """Everybody's of a group is the same."""
    hand_ins = {row.result.submission.path for row in graded.rows}
    if len(hand_ins) != 1:
        raise UsageError(f"--gradescope is for one submission; {len(hand_ins)} were graded.")
    return graded.rows[0].result


@contextmanager
def _no_commands() -> Iterator[None]:
    """Lines that are printed inside are no workflow commands, whatever they say."""
    token = secrets.token_hex(16)
    _say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        _say(f"::{token}::")


def _to_github(graded: Graded) -> None:
    from grader.reports.github import class_summary, classroom_result, error_commands, job_summary
    from grader.reports.student_view import total

    results = [row.result for row in graded.rows]
    if len(results) != 1:
        _append("GITHUB_STEP_SUMMARY", class_summary(graded.record.title, results))
        return
    (result,) = results
    _append("GITHUB_STEP_SUMMARY", job_summary(graded.record.title, total(result), result.tests))
    if result.status is not Status.FAULT:
        _append("GITHUB_OUTPUT", f"result={classroom_result(result.tests)}\n")
    for line in error_commands(
        result.tests, *_hand_ins(Path(result.submission.path), result.submission.files)
    ):
        _say(line)


def tell_of_check(title: str, tests: Sequence[TestResult], folder: Path, files: Sequence[str]) -> None:
    """The same for a student's own check, in which only public tests run."""
    from grader.reports.github import classroom_result, error_commands, job_summary
    from grader.reports.text import number

    earned, possible = sum(test.points for test in tests), sum(test.max_points for test in tests)
    total = f"{number(earned)} of {number(possible)} points in public tests"
    _append("GITHUB_STEP_SUMMARY", job_summary(title, total, tests))
    _append("GITHUB_OUTPUT", f"result={classroom_result(tests)}\n")
    for line in error_commands(tests, *_hand_ins(folder, files)):
        _say(line)


def _hand_ins(base: Path, files: Sequence[str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The hand-ins' texts by name, and where they lie, as seen from here."""
    sources, places = {}, {}
    for name in files:
        path = base / name if base.is_dir() else base
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MAX_SOURCE_BYTES:
            sources[name] = path.read_text(encoding="utf-8", errors="replace")
            places[name] = os.path.relpath(path, os.environ.get("GITHUB_WORKSPACE", "."))
    return sources, places


def _append(variable: str, text: str) -> None:
    """To the file that GitHub names; on standard output where it names none."""
    path = os.environ.get(variable)
    if not path:
        _say(text)
        return
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
