"""What a student reads at the end of a local run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from grader.judge.conclude import Conclusion
from grader.judge.local_course import LocalAssignment
from grader.judge.spec import TestSpec
from grader.judge.verdicts import NOT_BEGUN
from grader.model.counting import counted
from grader.model.outcomes import Outcome, Visibility
from grader.model.results import TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One test that was run."""

    home: LocalAssignment
    spec: TestSpec
    conclusion: Conclusion
    misconception: str | None

    @property
    def points(self) -> float:
        """Points earned."""
        return self.spec.points if self.conclusion.outcome is Outcome.PASSED else 0.0


def failure_text(spec: TestSpec, conclusion: Conclusion, misconception: str | None) -> str:
    """A failed test for the student: title, misconception, what was found, hint."""
    lines = [f"{spec.title}  [{spec.task}, {counted(spec.points, 'point')}, {conclusion.outcome}]", ""]
    if misconception:
        lines += [f"Why: {misconception}", ""]
    lines.append(conclusion.message)
    if spec.hint:
        lines += ["", f"Hint: {spec.hint}"]
    return "\n".join(lines)


def write_json(path: Path, lines: Sequence[Line]) -> None:
    """Every graded test as data: a list of objects with id, task, points, outcome, message and reason."""
    tests = [
        {
            "id": line.spec.id,
            "title": line.spec.title,
            "assignment": line.home.id,
            "task": line.spec.task,
            "points": line.points,
            "max_points": line.spec.points,
            "outcome": line.conclusion.outcome.value,
            "message": line.conclusion.message,
            "misconception": line.misconception,
            "hint": None if line.conclusion.outcome is Outcome.PASSED else line.spec.hint,
        }
        for line in lines
    ]
    path.write_bytes(msgspec.json.format(msgspec.json.encode(tests), indent=2))


def read_json(path: Path) -> list[TestResult]:
    """The outcomes that `write_json` wrote, as results of public tests."""
    return [
        TestResult(
            id=one["id"],
            title=one["title"],
            task=one["task"],
            points=one["points"],
            max_points=one["max_points"],
            outcome=Outcome(one["outcome"]),
            visibility=Visibility.PUBLIC,
            message=one["message"],
            misconception=one["misconception"],
            hint=one["hint"],
        )
        for one in msgspec.json.decode(path.read_bytes())
    ]


def write_summary(reporter: pytest.TerminalReporter, home: LocalAssignment, lines: Sequence[Line]) -> None:
    """Tasks with points and the first reason of each, and what is hidden."""
    if not lines:
        return
    reporter.write_sep("=", f"{home.id}: {home.assignment.title}")  # section() leaves the dots' line open
    width = max(len(task) for task in home.assignment.tasks)
    for task in home.assignment.tasks:
        own = [line for line in lines if line.spec.task == task]
        if own:
            _write_task(reporter, task, width, own)
    earned, possible = sum(line.points for line in lines), sum(line.spec.points for line in lines)
    for line in lines:
        if line.conclusion.outcome is Outcome.PASSED and line.conclusion.message:
            reporter.write_line(f"  {line.spec.id.split('::')[-1]}: {line.conclusion.message}")
    for note in home.student.notes:
        reporter.write_line(f"  note: {note}")
    for form in home.set_aside:
        reporter.write_line(f"  note: {form} was changed later, and not looked at: say --submission {form}")
    reporter.write_line("")
    reporter.write_line(
        f"{earned:g} of {counted(possible, 'point')} in {counted(len(lines), 'test')}{_and_hidden(home)}",
        bold=True,
    )


def _write_task(reporter: pytest.TerminalReporter, task: str, width: int, lines: Sequence[Line]) -> None:
    earned, possible = sum(line.points for line in lines), sum(line.spec.points for line in lines)
    good = all(line.conclusion.outcome is Outcome.PASSED or _only_waits(line) for line in lines)
    reporter.write(f"  {task:<{width}}  ")
    reasons = [reason_of(line) for line in lines if line.conclusion.outcome is not Outcome.PASSED]
    of = f"{possible:<5g}" if reasons else f"{possible:g}"
    reporter.write(f"{earned:>5g} of {of}", green=good, red=not good)
    unique = list(dict.fromkeys(reasons))
    more = f"  (and {len(unique) - 1} more)" if len(unique) > 1 else ""
    reporter.write_line(f"  {unique[0]}{more}" if unique else "")


def _only_waits(line: Line) -> bool:
    """Whether a test is to be run elsewhere, and no points wait for it: the GPU's case of a CPU's test."""
    return line.conclusion.outcome is Outcome.PENDING and not line.spec.points


def is_begun(line: Line) -> bool:
    """Whether the student has begun with what a test needs."""
    evidence = line.conclusion.evidence
    return evidence is None or evidence.raised is None or evidence.raised[0] != NOT_BEGUN


def reason_of(line: Line) -> str:
    """In one short line, why a test earned nothing."""
    text = line.misconception or line.conclusion.message.strip().splitlines()[0]
    if line.conclusion.outcome is Outcome.PENDING:
        text = f"pending: {text}"
    return text if len(text) <= 100 else text[:97] + "..."


def _and_hidden(home: LocalAssignment) -> str:
    hidden = hidden_remark(home)
    return f"; {hidden}" if hidden else ""


def hidden_remark(home: LocalAssignment) -> str:
    """How many more tests there are; empty where that is not known."""
    if home.tape is None:
        return ""
    count = sum(home.tape.hidden.values())
    what = f"{counted(count, 'more test')} with {counted(home.tape.hidden_points, 'point')}"
    return f"{what} {'is' if count == 1 else 'are'} hidden and run when graded"
