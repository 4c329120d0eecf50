"""Lateness is exact to the second, by the clocks on the wall, and costs what the rule says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.lateness import Deadline, charge
from grader.batch.sources.base import TimeSource
from grader.model.course import LatePolicy
from grader.model.people import Late

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime.fromisoformat("2026-12-01T23:59:00+08:00")
POLICY = LatePolicy(grace_minutes=15, penalty_per_day=10, cap=35, budget_days=2)
LMS = TimeSource.LMS
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def late(
    at: datetime | None, *, raw: float | None = 80, budget: int = 0, policy: LatePolicy = POLICY, **more
):
    values = {"source": LMS, "mark": None, "max_score": 100.0, "raw_score": raw, "budget_left": budget}
    return charge(Deadline(due=DUE, policy=policy), at=at, **{**values, **more})


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (-DAY, None),
        (timedelta(), None),
        (timedelta(minutes=15), None),
        (timedelta(minutes=15) + SECOND, 1),
        (DAY, 1),
        (DAY + SECOND, 2),
        (DAY + timedelta(microseconds=1), 2),
        (2 * DAY, 2),
        (10 * DAY + SECOND, 11),
    ],
)
def test_the_borders_are_exact_to_the_second(after: timedelta, days: int | None) -> None:
    found = late(DUE + after)
    assert (found.days if found else None) == days
    if found:
        assert found.seconds == after.total_seconds()


@pytest.mark.parametrize(("days", "penalty"), [(1, 10), (2, 20), (3, 30), (4, 35), (40, 35)])
def test_the_penalty_grows_to_its_cap(days: int, penalty: float) -> None:
    assert late(DUE + days * DAY).penalty == penalty


def test_no_score_falls_below_nothing_and_none_stays_none() -> None:
    assert late(DUE + 3 * DAY, raw=12.5).penalty == 12.5
    assert late(DUE + 3 * DAY, raw=None, budget=2) == Late(seconds=3 * 86400, days=3)


def test_the_budget_pays_first() -> None:
    assert late(DUE + 3 * DAY, budget=2) == Late(seconds=3 * 86400, days=3, budget_days=2, penalty=10)
    assert late(DUE + 1 * DAY, budget=2).budget_days == 1
    assert late(DUE + 3 * DAY, budget=-1).budget_days == 0


def test_without_a_rule_or_a_due_time_nothing_is_late() -> None:
    for deadline in (Deadline(due=DUE, policy=None), Deadline(due=None, policy=POLICY)):
        assert (
            charge(deadline, at=DUE + DAY, source=LMS, mark=None, budget_left=0, max_score=10, raw_score=5)
            is None
        )


def test_what_the_platform_says_outweighs_times() -> None:
    assert late(DUE + DAY, mark=False, source=TimeSource.FILE) is None
    marked = late(None, mark=True, source=None)
    assert (marked.days, marked.penalty) == (1, 10) and "counted as one day" in marked.note
    by_file = late(DUE + 2 * DAY, mark=True, source=TimeSource.MARK)
    assert by_file.days == 2 and "the file's own time" in by_file.note


def test_a_files_own_time_is_said() -> None:
    assert "nothing else tells one" in late(DUE + DAY, source=TimeSource.FILE).note
    assert late(DUE + DAY).note == ""


def test_a_day_ends_at_the_same_time_on_the_wall_when_the_clocks_change() -> None:
    for due, length in (("2026-03-28T12:00:00", 23), ("2026-10-24T12:00:00", 25)):
        at = datetime.fromisoformat(due).replace(tzinfo=BERLIN)
        deadline = Deadline(due=at.astimezone(UTC), policy=LatePolicy(), zone=BERLIN)
        end = at.astimezone(UTC) + length * HOUR
        assert deadline.days(end) == 1
        assert deadline.days(end + SECOND) == 2
    fixed = Deadline(due=datetime.fromisoformat("2026-03-28T12:00:00+01:00"), policy=LatePolicy())
    assert fixed.days(fixed.due + 24 * HOUR) == 1, "without the course's zone a day has 24 hours"


def test_a_time_without_a_zone_is_the_courses_and_the_first_of_two() -> None:
    deadline = Deadline(due=DUE, policy=POLICY, zone=BERLIN)
    assert deadline.aware(datetime(2026, 7, 1, 12)).isoformat() == "2026-07-01T12:00:00+02:00"
    assert deadline.aware(datetime(2026, 10, 25, 2, 30)).isoformat() == "2026-10-25T02:30:00+02:00"
    assert Deadline(due=DUE, policy=POLICY).aware(datetime(2026, 7, 1)).isoformat().endswith("+08:00")
    assert Deadline(due=None, policy=None).aware(datetime(2026, 7, 1)).tzinfo is UTC


ZONES = st.sampled_from([None, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/New_York")])
TIMES = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(TIMES, st.integers(0, 60 * 86400), ZONES, st.floats(0, 3000))
def test_days_are_the_least_whose_end_is_not_before(
    due: datetime, after: int, zone: ZoneInfo | None, grace: float
) -> None:
    deadline = Deadline(due=due, policy=LatePolicy(grace_minutes=grace), zone=zone)
    at = due + timedelta(seconds=after)
    days = deadline.days(at)
    local = due.astimezone(zone) if zone else due

    def end(day: int) -> datetime:
        return (local + timedelta(days=day)).astimezone(UTC)

    if after <= grace * 60:
        assert days == 0
    else:
        assert days >= 1 and at <= end(days) and (days == 1 or at > end(days - 1))


@given(
    st.floats(0, 100),
    st.integers(0, 40 * 86400),
    st.integers(-3, 10),
    st.builds(
        LatePolicy,
        grace_minutes=st.floats(0, 600),
        penalty_per_day=st.floats(0, 100),
        cap=st.floats(0, 100),
    ),
)
def test_a_penalty_is_within_its_bounds_and_no_later_hand_in_costs_less(
    raw: float, after: int, budget: int, policy: LatePolicy
) -> None:
    found = late(DUE + timedelta(seconds=after), raw=raw, budget=budget, policy=policy)
    later = late(DUE + timedelta(seconds=after + 3600), raw=raw, budget=budget, policy=policy)
    penalty = found.penalty if found else 0
    assert 0 <= penalty <= min(raw, policy.cap) + 1e-6
    assert penalty <= (later.penalty if later else 0)
    if found:
        assert 0 <= found.budget_days <= min(found.days, max(0, budget))
