"""One who remembers is asked the same only once, and never mistakes one question for another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.subjects.base import Call, Returned
from grader.subjects.local import LocalSubject
from grader.subjects.remembering import Remembering

COUNTING = b"calls = []\ndef f(x, **more):\n    calls.append(x)\n    return len(calls)\n"
CALL = Call(target="f", file="hw.py", args=[torch.ones(2)], seed=1, seconds=5)


def probed(submission: Any, x: torch.Tensor) -> int:
    count: int = submission.f(x)
    return count


def likewise(submission: Any, x: torch.Tensor) -> int:
    return -probed(submission, x)


likewise.__name__ = probed.__name__  # as probes of two test files may be called alike


def answers(*calls: Call) -> list[object]:
    remembering = Remembering(LocalSubject({"hw.py": COUNTING}, {}, import_s=5))
    found = [remembering.answer(call) for call in calls]
    assert all(isinstance(answer, Returned) for answer in found), found
    return [answer.value for answer in found if isinstance(answer, Returned)]


def test_an_equal_call_has_the_remembered_answer() -> None:
    again = replace(CALL, args=[torch.ones(2)])
    assert answers(CALL, again, CALL) == [1, 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, args=[torch.zeros(2)]),
        replace(CALL, args=[torch.ones(2, dtype=torch.float64)]),
        replace(CALL, kwargs={"more": 1}),
        replace(CALL, seed=2),
        replace(CALL, target=probed),
    ],
    ids=["values", "dtype", "keywords", "seed", "target"],
)
def test_another_call_is_asked_anew(other: Call) -> None:
    assert answers(CALL, other, other, CALL) == [1, 2, 2, 1]


def test_probes_of_one_name_are_two_questions() -> None:
    assert answers(replace(CALL, target=probed), replace(CALL, target=likewise)) == [1, -2]
