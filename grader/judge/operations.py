"""`ops_at_most`: the right value, by few operations. It tells a vectorised solution from a loop.

Everything that a loop could do beside torch's operations counts too: an element that leaves torch
(`tolist`, `numpy`) or enters it (`torch.tensor` of a list, a tensor made in another thread or with the
recording turned off) is one operation each. What remains unseen: code that overwrites a tensor, which
recorded operations made, from another thread or through its address.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
import torch

from grader.checks.failure import Failure
from grader.checks.tolerance import Tolerance, chosen
from grader.judge.comparing import compared
from grader.judge.exam import DESK, Exam
from grader.judge.respondents import value_of
from grader.judge.verdicts import check_failed, no_answer
from grader.model.errors import AuthoringError
from grader.subjects.base import Raised, Returned, Target
from grader.subjects.records import Operations
from grader.subjects.wording import bad_reply
from grader.worker.recording import Recording
from grader.worker.trees import all_tensors

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "matmul": frozenset(
            {"mm", "bmm", "mv", "dot", "vdot", "addmm", "addmv", "baddbmm", "addbmm", "addr", "linear"}
        ),
        "softmax": frozenset({"_softmax", "_safe_softmax", "_log_softmax"}),
        "convolution": frozenset({"convolution", "mkldnn_convolution", "convolution_overrideable"}),
    }
)
"""Operations that do the same kind of work. Beside them, `all` means every operation."""
ALIKE = 3.0
"""Two loops of one kind differ by less than this factor in the operations of a turn."""

Budget = int | Mapping[str, int]


@pytest.fixture
def ops_at_most(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Ask for a value and count what torch does for it."""
    desk = request.config.stash[DESK]

    def ops_at_most(
        target: Target,
        n: Budget,
        *inputs: Any,
        largest: float | None = None,
        meta: bool = False,
        rtol: float | None = None,
        atol: float | None = None,
        exact: bool = False,
        **kwargs: Any,
    ) -> None:
        """Fail unless the value is the reference's and at most `n` operations made it.

        `n` is a number for all operations, or a dict with a number for each operation or group of them
        (`matmul`, `softmax`, `convolution`, `all`). `largest` bounds the largest tensor on the way: a
        float as a multiple of the greatest of inputs and outputs, an int as a number of elements.
        `meta` also asks for the call to work on the meta device, where there are no values to look at;
        right code that asks a tensor for one value (`if mask.any():`) fails that, so the task must say it.
        Raises AuthoringError for a budget that means nothing.
        """
        budget = _read_budget(n, largest)
        exam, tolerance = desk.exam, chosen(rtol, atol, exact)
        check, number = exam.next_check("ops_at_most"), exam.pair()
        expected = exam.ask_reference(target, inputs, kwargs, number)
        if not isinstance(expected, Returned):
            raise AuthoringError(f"the reference raises in ops_at_most of {exam.spec.id}")
        answer = exam.ask_student(target, inputs, kwargs, number, Recording(operations=True))
        actual = value_of(answer, check)
        failure = compared(exam, check, actual, expected.value, tolerance)
        if failure:
            raise check_failed(failure, check, actual, tolerance)
        assert isinstance(answer, Returned)
        if answer.record is None or answer.record.operations is None:
            raise no_answer(bad_reply("malformed"), check)
        operations = answer.record.operations
        _expect_few(operations, budget, check)
        if largest is not None:
            _expect_small(operations, largest, [inputs, kwargs, expected.value], check)
        if meta:
            _expect_meta(exam, target, inputs, kwargs, number, check)

    return ops_at_most


def _read_budget(n: Any, largest: Any) -> Mapping[str, int]:
    budget = dict(n) if isinstance(n, Mapping) else {"all": n}
    for name, limit in budget.items():
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise AuthoringError(f"ops_at_most needs numbers that are not negative, not {name}: {limit!r}")
        if name != "all" and name not in GROUPS and not hasattr(torch.ops.aten, str(name)):
            known = ", ".join(["all", *GROUPS])
            raise AuthoringError(f"ops_at_most: {name!r} is no operation of aten, and no group ({known})")
    if not budget:
        raise AuthoringError("ops_at_most needs a budget")
    if largest is not None and (isinstance(largest, bool) or not largest > 0):
        raise AuthoringError(f"ops_at_most(largest={largest!r}) needs a positive number")
    return budget


def counted(operations: Operations, name: str) -> int:
    """How many operations count for a name of a budget: one operation, a group, or `all`."""
    if name == "all":
        return sum(operations.ops.values()) + operations.brought_in + operations.taken_out
    return sum(operations.ops.get(one, 0) for one in GROUPS.get(name, {name}))


def _expect_few(operations: Operations, budget: Mapping[str, int], check: str) -> None:
    for name, limit in budget.items():
        count = counted(operations, name)
        if count > limit:
            kind = _kind(operations, name)
            what = "operations" if name == "all" else f"operations of the kind {name}"
            allowed = (
                f"at most {limit:,} {'is' if limit == 1 else 'are'} allowed" if limit else "none is allowed"
            )
            guess = _GUESSES.get(kind, "")
            failure = Failure(
                sentence=f"uses {count:,} {what} where {allowed}{guess}", figures=_figures(operations, name)
            )
            raise check_failed(failure, f"{check} {kind}", math.log(count), _ALIKE)


def _kind(operations: Operations, name: str) -> str:
    """A loop over numbers outside of torch is another one than a loop over operations."""
    moved = operations.brought_in + operations.taken_out
    return "outside" if name == "all" and moved > sum(operations.ops.values()) else name


_GUESSES = {"all": ": a loop over elements?", "outside": ": a loop in Python or numpy?"}
_ALIKE = Tolerance(rtol=0.0, atol=math.log(ALIKE))


def _figures(operations: Operations, name: str) -> tuple[str, ...]:
    members = GROUPS.get(name, {name})
    counts = [(count, op) for op, count in operations.ops.items() if name == "all" or op in members]
    most = sorted(counts, key=lambda pair: (-pair[0], pair[1]))[:5]
    lines = ["most frequent: " + ", ".join(f"aten.{op} {count:,}" for count, op in most)] if most else []
    if name == "all" and operations.taken_out:
        lines.append(f"values taken out of tensors (tolist, numpy): {operations.taken_out:,}")
    if name == "all" and operations.brought_in:
        lines.append(
            f"values in tensors that no counted operation made (from lists, numpy): {operations.brought_in:,}"
        )
    return tuple(lines)


def _expect_small(operations: Operations, largest: float, values: Any, check: str) -> None:
    greatest = max((tensor.numel() for tensor in all_tensors(values)), default=1)
    limit = largest if isinstance(largest, int) else int(largest * greatest)
    if operations.largest_numel > limit:
        sentence = (
            f"makes a tensor of {operations.largest_numel:,} elements on the way, where {limit:,} are allowed"
        )
        actual = math.log(operations.largest_numel)
        raise check_failed(Failure(sentence=sentence), f"{check} largest", actual, _ALIKE)


def _expect_meta(exam: Exam, target: Target, inputs: Any, kwargs: Any, number: int, check: str) -> None:
    recording = Recording(operations=True, device="meta")
    answer = exam.ask_student(target, inputs, kwargs, number, recording)
    if isinstance(answer, Raised):
        sentence = f"looks at the values of tensors, which the task rules out: {answer.types[0]}"
        raise check_failed(Failure(sentence=sentence, figures=(answer.text,)), f"{check} meta", "looks")
    value_of(answer, check)
