"""What a platform says of one hand-in: when it came, when it was due, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """One hand-in in the platform's words. Times have a time zone."""

    submitted: datetime
    due: datetime | None = None
    """For this student: an extension is in it."""
    names: tuple[tuple[str, str], ...] = ()
    """Name and e-mail address of each who handed it in."""
    previous: tuple[float | None, ...] = ()
    """Scores of earlier hand-ins, oldest first; None where grading failed."""

    @property
    def late_s(self) -> float:
        """Seconds after the due date; 0 in time, or without a due date."""
        return max(0.0, (self.submitted - self.due).total_seconds()) if self.due else 0.0
