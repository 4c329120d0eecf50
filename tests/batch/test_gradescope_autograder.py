"""What Gradescope's autograder is given: one hand-in, its people, its time, and a due time of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.batch.awarding import Spent, award
from grader.batch.intake import ClassRules, Intake, find_submissions
from grader.batch.lateness import Deadline
from grader.batch.sources.base import TimeSource
from grader.model.course import Assignment, LatePolicy, Task
from grader.model.errors import UsageError
from grader.model.orders import Order
from tests.batch.downloads import lay
from tests.batch.fakes import fake_result

ASSIGNMENT = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=10)})
DUE = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
USER = {"name": "Student, One", "email": "one@school.example"}
TOLD = {
    "created_at": "2026-12-02T01:00:00-08:00",
    "assignment": {"due_date": "2026-12-01T00:00:00-08:00"},
    "users": [USER],
}


def found(root: Path, told: Any, policy: LatePolicy | None = None) -> Intake:
    text = told if isinstance(told, str) else json.dumps(told)
    lay(root, {"submission/hw.py": "score 10", "submission_metadata.json": text})
    return find_submissions([root], ASSIGNMENT, ClassRules(deadline=Deadline(due=DUE, policy=policy)))


def test_it_is_one_students_hand_in_at_the_platforms_time(tmp_path: Path) -> None:
    (entry,) = found(tmp_path, TOLD).entries
    assert entry.student == "Student, One" and entry.time_source is TimeSource.LMS and entry.late_mark
    assert entry.submitted_at == datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


def test_a_group_hands_in_together(tmp_path: Path) -> None:
    two = [{"name": "Student One", "email": "1@s.example"}, {"name": "Student Two", "email": "2@s.example"}]
    intake = found(tmp_path, TOLD | {"users": two})
    assert len(intake.entries) == 1 and len(intake.students) == 2


def test_a_wrongly_named_file_is_still_the_students(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"submission/a.py": "x", "submission/b.py": "y", "submission_metadata.json": json.dumps(TOLD)},
    )
    (entry,) = find_submissions([tmp_path], ASSIGNMENT).entries
    assert entry.submission is not None and set(entry.submission.found) == {"a.py", "b.py"}


@pytest.mark.parametrize(("extended", "score"), [(None, 6.0), ("2026-12-02T01:00:00-08:00", 10.0)])
def test_the_rule_for_late_hand_ins_holds_from_the_students_own_due_time(
    tmp_path: Path, extended: str | None, score: float
) -> None:
    user = {**USER, "assignment": {"due_date": extended}} if extended else USER
    policy = LatePolicy(penalty_per_day=20, cap=100)
    intake = found(tmp_path, TOLD | {"users": [user]}, policy)
    (entry,) = intake.entries
    order = Order(root="", assignment="a", run="r", seed=1)
    assert entry.submission is not None
    results = {entry.key: fake_result(order, entry.submission)}
    (row,) = award(results, intake, Deadline(due=DUE, policy=policy), Spent())
    assert (row.result.raw_score, row.result.score) == (10.0, score), "25 hours are two days"


@pytest.mark.parametrize(
    "bad", ["[]", "{", '{"created_at": "yesterday"}', '{"created_at": "2026-12-02T01:00:00"}']
)
def test_metadata_of_another_kind_is_told(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UsageError, match=r"is no submission_metadata\.json of Gradescope's"):
        found(tmp_path, bad)
