"""`check`: the public tests of an assignment, in a running notebook.

    from grader.notebook import check
    check("softmax")

Light to import, because a notebook that is handed in may import it where it is graded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.reports.checked import Checked, CheckedTest

if TYPE_CHECKING:
    from grader.judge.local_report import Line
    from grader.judge.notebook_check import Ran

__all__ = ["check"]


def check(task: str | None = None, *, folder: str | Path | None = None) -> Checked:
    """Run the public tests of one task, or of all, against the functions and classes of this notebook.

    A task is called by its name, or by that of any function or class that it grades.
    `folder` is the assignment's; by default the one that the notebook lies in. Definitions count as they
    are now: run a cell again and check again. In Jupyter the result shows itself as a table.
    Where a notebook is graded, this does nothing: the grading runs the tests itself.

    Raises UsageError where there is no such task or no assignment in the folder.
    """
    names = sys._getframe(1).f_globals
    if _is_being_graded(names):
        return Checked(title="Nothing is checked while the notebook is graded.")
    from grader import plugin
    from grader.judge.notebook_check import run_tests

    tests = _assignment_folder(Path(folder or ".").resolve())
    return _shown(run_tests(tests, dict(names), task, plugin))


def _is_being_graded(names: dict[str, Any]) -> bool:
    loader = type(names.get("__loader__"))
    return loader.__module__ == "grader.worker.loader"


def _assignment_folder(folder: Path) -> Path:
    from grader.judge.places import place_of
    from grader.model.errors import UsageError

    if any(place_of(file) for file in folder.glob("test_*.py")):
        return folder
    below = sorted({file.parent for file in folder.glob("assignments/*/test_*.py") if place_of(file)})
    listed = [f"  check(folder={str(path.relative_to(folder))!r})" for path in below]
    hint = "\n".join(["Say which assignment:", *listed]) if below else "Open the notebook in its own folder."
    raise UsageError(f"There are no tests of an assignment in {folder}. {hint}")


def _shown(ran: Ran) -> Checked:
    from grader.judge.local_report import hidden_remark

    if ran.home is None:
        return Checked(title="There are no tests here.")
    elsewhere = ", ".join(ran.elsewhere)
    remarks = [f"Not in this notebook: {elsewhere}."] if elsewhere else []
    if hidden := hidden_remark(ran.home):
        remarks.append(f"{hidden}.")
    tests = tuple(_test(line) for line in ran.lines)
    return Checked(title=ran.home.assignment.title, tests=tests, remarks=tuple(remarks))


def _test(line: Line) -> CheckedTest:
    from grader.judge.local_report import failure_text, is_begun, reason_of
    from grader.model.outcomes import Outcome

    failed = line.conclusion.outcome is not Outcome.PASSED
    told = failed and is_begun(line)
    return CheckedTest(
        task=line.spec.task,
        points=line.points,
        max_points=line.spec.points,
        outcome=line.conclusion.outcome,
        reason=reason_of(line) if failed else "",
        details=failure_text(line.spec, line.conclusion, line.misconception) if told else "",
    )
