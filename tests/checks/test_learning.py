"""What is wrong with returned weights and claimed losses, from data alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from grader.checks.learning import (
    MOST_LOSSES,
    Finding,
    not_falling,
    number,
    read_losses,
    read_weights,
    unchanged,
    wrong_first,
    wrong_last,
)
from grader.wire.codec import plain
from tests.wire.plain_values import PLAIN

WANTED = {"w": ((2, 3), torch.float32), "seen": ((), torch.int64)}
GOOD = {"w": torch.ones(2, 3), "seen": torch.tensor(4)}


def kind(found: Any) -> str:
    return found.kind if isinstance(found, Finding) else ""


def test_the_wanted_entries_come_back_in_the_wanted_dtypes() -> None:
    given_weights = {**GOOD, "w": torch.ones(2, 3, dtype=torch.float64), "own": "anything"}
    weights = read_weights(given_weights, WANTED)
    assert isinstance(weights, dict)
    assert list(weights) == ["w", "seen"]
    assert weights["w"].dtype is torch.float32


@pytest.mark.parametrize(
    ("change", "of_kind"),
    [
        ({"w": torch.ones(3, 2)}, "shapes"),
        ({"w": torch.ones(6)}, "shapes"),
        ({"w": [[1.0] * 3] * 2}, "structure"),
        ({"w": torch.ones(2, 3, dtype=torch.int64)}, "dtypes"),
        ({"w": torch.ones(2, 3, dtype=torch.complex64)}, "dtypes"),
        ({"seen": torch.tensor(4.0)}, "dtypes"),
        ({"w": torch.full((2, 3), math.nan)}, "diverged"),
        ({"w": torch.full((2, 3), 1e300, dtype=torch.float64)}, "diverged"),
    ],
)
def test_weights_of_another_kind_are_refused(change: dict[str, Any], of_kind: str) -> None:
    assert kind(read_weights({**GOOD, **change}, WANTED)) == of_kind


def test_absent_weights_are_told_with_what_is_there_instead() -> None:
    found = read_weights({"seen": torch.tensor(4), "weight": torch.ones(2, 3)}, WANTED)
    assert isinstance(found, Finding)
    assert found.failure.text() == "the weights lack 'w'\n  there are 'weight'"


def test_many_names_are_not_written_out() -> None:
    found = read_weights({str(index): 0 for index in range(10**5)}, WANTED)
    assert isinstance(found, Finding)
    assert len(found.failure.text()) < 200


@given(PLAIN)
@settings(deadline=None, max_examples=200)
def test_no_value_makes_the_reading_raise(value: Any) -> None:
    given_value = plain(value)
    read_weights(given_value, WANTED)
    read_weights({"w": given_value, "seen": given_value}, WANTED)
    read_losses(given_value)
    read_losses([given_value, given_value])
    number(given_value)


@pytest.mark.parametrize(
    ("losses", "of_kind"),
    [
        ([2.0, 1], ""),
        ((torch.tensor(2.0), torch.tensor([1.0])), ""),
        ([1.0], "structure"),
        ([], "structure"),
        (None, "structure"),
        ([1.0, "0"], "structure"),
        ([True, False], "structure"),
        ([1.0, torch.ones(2)], "structure"),
        ([1.0, math.nan], "diverged"),
        ([10**400, 1], "diverged"),
        ([1.0] * (MOST_LOSSES + 1), "structure"),
    ],
)
def test_losses_are_a_list_of_finite_numbers(losses: Any, of_kind: str) -> None:
    assert kind(read_losses(losses)) == of_kind


def test_weights_that_did_not_move_are_told() -> None:
    weights = {"w": torch.ones(2, 3)}
    assert kind(unchanged(weights, {"w": torch.ones(2, 3, dtype=torch.float64)})) == "unchanged"
    assert unchanged({"w": torch.full((2, 3), 1.001)}, weights) is None


def test_losses_end_lower_than_they_begin() -> None:
    assert not_falling([2.0, 3.0, 1.9]) is None
    assert kind(not_falling([2.0, 1.0, 2.0])) == "not falling"


def test_claims_are_held_against_what_was_measured() -> None:
    assert wrong_first(1.0, 1.05, 0.1) is wrong_last(1.0, 1.05, 0.1) is None
    first, last = wrong_first(1.0, 2.0, 0.1), wrong_last(1.0, 2.0, 0.1)
    assert first is not None and last is not None
    assert first.failure.sentence == "the first loss is 1, but with the initial weights it is 2"
    assert last.failure.sentence == "the last loss is 1, but with the returned weights it is 2"
    assert (first.evidence, last.evidence) == (["first loss", 1.0], ["last loss"])
