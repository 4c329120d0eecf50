"""What `grader.notebook.check` shows: a table in Jupyter, text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from grader.model.counting import counted
from grader.model.outcomes import Outcome
from grader.reports.text import clean

_MAX_REASON = 200
_STYLE = {
    "table": "border-collapse: collapse; text-align: left",
    "cell": "padding: 0.2em 0.8em; text-align: left; vertical-align: top",
    "pre": "white-space: pre-wrap; margin: 0.3em 0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTest:
    """One test that was run. Texts may be the student's."""

    task: str
    points: float
    max_points: float
    outcome: Outcome
    reason: str = ""
    """In a sentence, why points are missing."""
    details: str = ""
    """The same at length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The tests of one check. `repr` gives text; Jupyter asks for HTML."""

    title: str
    tests: tuple[CheckedTest, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Points earned."""
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> float:
        """Points of the tests that were run."""
        return sum(test.max_points for test in self.tests)

    def of(self, task: str) -> list[CheckedTest]:
        """The tests of a task."""
        return [test for test in self.tests if test.task == task]

    @property
    def tasks(self) -> list[str]:
        """The tasks, in the order of their tests."""
        return list(dict.fromkeys(test.task for test in self.tests))

    def __repr__(self) -> str:
        width = max(map(len, self.tasks), default=0)
        lines = [self.title]
        for task in self.tasks:
            tests = self.of(task)
            earned = f"{_sum(tests):>5g} of {_most(tests):<5g}"
            lines.append(f"  {task:<{width}}  {earned}  {_first_reason(tests)}".rstrip())
        lines += ["", self._total(), *self.remarks]
        for test in self.tests:
            if test.details:
                lines += ["", test.details]
        return clean("\n".join(lines))

    def _total(self) -> str:
        return f"{self.points:g} of {counted(self.max_points, 'point')} in {counted(len(self.tests), 'test')}"

    def _repr_html_(self) -> str:
        rows = "".join(_row(task, self.of(task)) for task in self.tasks)
        head = "".join(f"<th style='{_STYLE['cell']}'>{word}</th>" for word in ("Task", "Points", "Why"))
        remarks = "".join(f"<p>{_safe(remark)}</p>" for remark in (self._total(), *self.remarks))
        return (
            f"<div><p><strong>{_safe(self.title)}</strong></p>"
            f"<table style='{_STYLE['table']}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"{remarks}</div>"
        )


def _row(task: str, tests: Sequence[CheckedTest]) -> str:
    mark = "✓" if all(test.outcome is Outcome.PASSED for test in tests) else "✗"
    cells = [
        f"{mark} <code>{_safe(task)}</code>",
        f"{_sum(tests):g} of {_most(tests):g}",
        _why(tests),
    ]
    return "<tr>" + "".join(f"<td style='{_STYLE['cell']}'>{cell}</td>" for cell in cells) + "</tr>"


def _why(tests: Sequence[CheckedTest]) -> str:
    told = [test.details for test in tests if test.details]
    if not told:
        return _safe(_first_reason(tests))
    details = "".join(f"<pre style='{_STYLE['pre']}'>{_safe(text)}</pre>" for text in told)
    return f"<details><summary>{_safe(_first_reason(tests))}</summary>{details}</details>"


def _first_reason(tests: Sequence[CheckedTest]) -> str:
    reasons = list(dict.fromkeys(test.reason for test in tests if test.outcome is not Outcome.PASSED))
    if not reasons:
        return ""
    first = reasons[0] if len(reasons[0]) <= _MAX_REASON else reasons[0][: _MAX_REASON - 3] + "..."
    return first + (f"  (and {len(reasons) - 1} more)" if len(reasons) > 1 else "")


def _sum(tests: Sequence[CheckedTest]) -> float:
    return sum(test.points for test in tests)


def _most(tests: Sequence[CheckedTest]) -> float:
    return sum(test.max_points for test in tests)


def _safe(text: str) -> str:
    return escape(clean(text))
