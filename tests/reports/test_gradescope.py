"""Gradescope's file: numbers, order and visibility as its specification has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grader.model.circumstances import Circumstances
from grader.model.outcomes import Outcome, Status, Visibility
from grader.reports.gradescope import gradescope_results, hand_in_notes
from tests.reports.samples import check, record, result

DUE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


def made(*tests, **options):
    return gradescope_results(record([]), result("ann", Status.GRADED, *tests), **options)


def test_tests_stand_by_task_and_are_numbered_in_it() -> None:
    found = made(
        check("mask", Outcome.PASSED, 6),
        check("dot", Outcome.PASSED, 4),
        check("mask", Outcome.FAILED, message="wrong"),
    )
    assert [(test["number"], test["score"]) for test in found["tests"]] == [
        ("1.1", 4),
        ("2.1", 6),
        ("2.2", 0),
    ]
    assert found["score"] == 10


def test_what_waits_has_neither_passed_nor_failed() -> None:
    (test,) = made(check("dot", Outcome.PENDING))["tests"]
    assert "status" not in test and "not lost" in test["output"]


def test_hidden_tests_are_shown_as_the_course_says() -> None:
    hidden = replace(check("dot", Outcome.FAILED), visibility=Visibility.HIDDEN)
    assert made(hidden)["tests"][0]["visibility"] == "visible"
    assert made(hidden, hidden="after_published")["tests"][0]["visibility"] == "after_published"
    assert made(check("dot", Outcome.FAILED), hidden="hidden")["tests"][0]["visibility"] == "visible"


def test_nothing_internal_is_told() -> None:
    text = repr(made(replace(check("dot", Outcome.FAILED), seed=424242, cpu_seconds=0.125)))
    assert "424242" not in text and "0.125" not in text


def test_a_measured_ratio_is_on_the_leaderboard_if_the_test_passed() -> None:
    fast = replace(check("dot", Outcome.PASSED, 4), time_ratio=0.3337)
    slow = replace(check("mask", Outcome.FAILED), time_ratio=40.0)
    assert made(fast, slow)["leaderboard"] == [{"name": "dot: About dot.", "value": 0.334, "order": "asc"}]


def test_a_rejected_hand_in_has_no_points_and_its_reason() -> None:
    found = gradescope_results(record([]), result("eve", Status.REJECTED, message="too large"))
    assert found["score"] == 0 and "too large" in found["output"]


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (timedelta(seconds=1), "Handed in 1 min after the due date."),
        (timedelta(hours=25, minutes=3), "Handed in 1 d 1 h 3 min after the due date."),
    ],
)
def test_lateness_is_never_rounded_to_nothing(late: timedelta, said: str) -> None:
    assert hand_in_notes(Circumstances(submitted=DUE + late, due=DUE)) == [said]


def test_a_hand_in_at_the_last_second_is_in_time() -> None:
    assert hand_in_notes(Circumstances(submitted=DUE, due=DUE)) == []


def test_earlier_hand_ins_that_could_not_be_graded_have_no_best() -> None:
    (note,) = hand_in_notes(Circumstances(submitted=DUE, previous=(None, None)))
    assert note == "This is hand-in number 3."
