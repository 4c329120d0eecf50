"""Results for GitHub Actions: a summary of the job, annotations, and what Classroom's reporter takes.

Sources: docs.github.com, "Workflow commands for GitHub Actions"; the payload is that of
classroom-resources/autograding-grading-reporter, version 1.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.model.outcomes import Outcome
from grader.model.results import Result, TestResult
from grader.reports.student_view import explanation, heading, total
from grader.reports.text import clean, number, one_line, tidy

MAX_ANNOTATIONS = 10
"""GitHub shows ten errors a step and drops the others in silence."""
MAX_MESSAGE = 4_000
_FRAME = re.compile(r"^\s*(?P<file>[\w.-]+), line (?P<line>\d+)", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&@:])")
_GOOD = frozenset({Outcome.PASSED, Outcome.PENDING})


def job_summary(title: str, said: str, tests: Sequence[TestResult]) -> str:
    """Markdown: the total, a table of the tasks, then each test that lost points and why.

    Texts of submissions are escaped or stand in code blocks: they make no link, image, mention or HTML.
    """
    lines = [f"## {_escaped(title)}", "", f"**{_escaped(said)}**", "", "| task | points | |", "|---|---|---|"]
    for task, own in _by_task(tests).items():
        earned, possible = sum(one.points for one in own), sum(one.max_points for one in own)
        bad = [one for one in own if one.outcome not in _GOOD]
        first = _escaped(_reason(bad[0])) if bad else ""
        lines.append(f"| {_escaped(task)} | {number(earned)} of {number(possible)} | {first} |")
    for test in tests:
        if test.outcome not in _GOOD:
            lines += ["", f"<details><summary>{_escaped_html(heading(test))}</summary>", ""]
            lines += [*_block(explanation(test)), "", "</details>"]
    return "\n".join(lines) + "\n"


def class_summary(title: str, results: Sequence[Result]) -> str:
    """Markdown for a whole class: a line a student, for a workflow of the staff's own repository."""
    lines = [f"## {_escaped(title)}", "", "| student | | |", "|---|---|---|"]
    for result in results:
        lines.append(f"| {_escaped(result.student)} | {result.status.value} | {_escaped(total(result))} |")
    return "\n".join(lines) + "\n"


def error_commands(
    tests: Sequence[TestResult], sources: Mapping[str, str], places: Mapping[str, str]
) -> list[str]:
    """Workflow commands that mark the student's lines, at most ten.

    `sources` holds the hand-ins by file name; `places` says where in the repository a file lies. A test is
    marked at the last line of the student's that its message names, or where the task's name is defined.
    """
    found = []
    for test in (one for one in tests if one.outcome not in _GOOD):
        file, line = _line_of(test, sources)
        where = f"file={_property(places.get(file, file))},line={line}," if file else ""
        text = explanation(test)[:MAX_MESSAGE]
        found.append(f"::error {where}title={_property(heading(test))}::{_data(text)}")
    return found[:MAX_ANNOTATIONS]


def classroom_result(tests: Sequence[TestResult]) -> str:
    """The `result` output of a step, in base64: weighted scores per test, so that partial credit counts."""
    payload = {
        "version": 1,
        "status": "pass" if all(test.outcome in _GOOD for test in tests) else "fail",
        "max_score": sum(test.max_points for test in tests),
        "tests": [_for_classroom(test) for test in tests],
    }
    return base64.b64encode(json.dumps(tidy(payload)).encode()).decode()


def _for_classroom(test: TestResult) -> dict[str, Any]:
    passed = test.outcome is Outcome.PASSED
    return {
        "name": heading(test),
        "status": "pass" if passed else "fail" if test.outcome is Outcome.FAILED else "error",
        "score": test.points,
        "message": "" if passed else one_line(explanation(test), limit=MAX_MESSAGE),
        "test_code": test.id,
        "filename": "",
        "line_no": 0,
        "duration": test.seconds,
    }


def _line_of(test: TestResult, sources: Mapping[str, str]) -> tuple[str, int]:
    for match in reversed(list(_FRAME.finditer(test.message))):
        if match["file"] in sources:
            return match["file"], int(match["line"])
    definition = re.compile(rf"^(?:class|(?:async )?def) {re.escape(test.task)}\b", re.MULTILINE)
    for file, text in sources.items():
        if found := definition.search(text):
            return file, text.count("\n", 0, found.start()) + 1
    return "", 0


def _by_task(tests: Sequence[TestResult]) -> dict[str, list[TestResult]]:
    found: dict[str, list[TestResult]] = {}
    for test in tests:
        found.setdefault(test.task, []).append(test)
    return found


def _reason(test: TestResult) -> str:
    return one_line(test.misconception or test.message or test.outcome.value, limit=160)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def _escaped_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def _block(text: str) -> list[str]:
    """A fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", clean(text), fence]


def _data(text: str) -> str:
    """As the data of a workflow command: one line, whatever counts as the end of one."""
    return "%0A".join(clean(text).replace("%", "%25").splitlines())


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
