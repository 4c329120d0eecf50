"""How late something is and what that costs: exact to the second, days by the clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from grader.batch.sources.base import TimeSource
from grader.model.course import LatePolicy
from grader.model.people import Late


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When something was due, and by which rule it is late."""

    due: datetime | None
    policy: LatePolicy | None
    zone: tzinfo | None = None
    """The course's; a day late ends at the due time on its clocks, also when they were put back."""

    def aware(self, at: datetime) -> datetime:
        """A time with a zone. One without is the course's; of the two at the end of summer time the first."""
        if at.tzinfo is not None:
            return at
        zone = self.zone or (self.due.tzinfo if self.due else None) or UTC
        return at.replace(tzinfo=zone)

    def is_late(self, at: datetime | None, mark: bool | None) -> bool:
        """Whether it is late at all; what the platform says outweighs a time."""
        if mark is not None:
            return mark
        return at is not None and self.days(at) > 0

    def seconds(self, at: datetime) -> float:
        """After the due time; 0 where it was in time."""
        if self.due is None:
            return 0.0
        return max(0.0, (at.astimezone(UTC) - self.due.astimezone(UTC)).total_seconds())

    def days(self, at: datetime) -> int:
        """Days begun after the due time; 0 within the grace."""
        grace = timedelta(minutes=self.policy.grace_minutes) if self.policy else timedelta()
        if self.due is None or timedelta(seconds=self.seconds(at)) <= grace:
            return 0
        local = self.due.astimezone(self.zone) if self.zone else self.due
        days = max(1, int(self.seconds(at) // 86400) - 1)
        while (local + timedelta(days=days)).astimezone(UTC) < at.astimezone(UTC):
            days += 1
        return days


def charge(
    deadline: Deadline,
    *,
    at: datetime | None,
    source: TimeSource | None,
    mark: bool | None,
    budget_left: int,
    max_score: float,
    raw_score: float | None,
) -> Late | None:
    """What a hand-in's lateness is and costs; None where it is on time, or there is no rule to tell by."""
    policy = deadline.policy
    if policy is None or deadline.due is None or not deadline.is_late(at, mark):
        return None
    days, note = _days(deadline, at, source, mark)
    paid = 0 if raw_score is None else min(days, max(0, budget_left))  # nothing is spent on no score
    percent = min((days - paid) * policy.penalty_per_day, policy.cap)
    penalty = 0.0 if raw_score is None else min(max(raw_score, 0.0), percent / 100 * max_score)
    return Late(
        seconds=round(deadline.seconds(at), 6) if at else 0.0,
        days=days,
        budget_days=paid,
        penalty=round(penalty, 6),
        note=note,
    )


def _days(
    deadline: Deadline, at: datetime | None, source: TimeSource | None, mark: bool | None
) -> tuple[int, str]:
    days = deadline.days(at) if at else 0
    if source is TimeSource.LMS:
        # Where the platform's mark and its time disagree, its due time is another one than the course's.
        return (days, "") if days else (0 if mark is None else 1, "marked late by the platform")
    if mark and not days:
        return 1, "marked late by the platform, which tells no time; counted as one day"
    if mark:
        return days, "marked late by the platform, which tells no time; the days are by the file's own time"
    return days, "by the file's own time, because nothing else tells one"
