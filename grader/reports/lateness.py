"""Being late in words."""

from __future__ import annotations

from grader.model.counting import counted
from grader.model.people import Late
from grader.reports.text import number


def late_words(late: Late | None) -> str:
    """`2 days late, 1 of them from the budget: 10 points off`; empty where nothing was late."""
    if late is None:
        return ""
    words = f"{counted(late.days, 'day')} late"
    if late.budget_days:
        words += f", {late.budget_days} of them from the budget"
    return f"{words}: {number(late.penalty)} points off" + (f" ({late.note})" if late.note else "")
