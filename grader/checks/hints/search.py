"""Trying one explanation after the other, within bounds of elements and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain

from grader.checks.failure import Mismatch
from grader.checks.hints.arithmetic import biased, negated, other_dtype, rounded, scaled
from grader.checks.hints.arrangement import backwards, elsewhere, flattened, permuted, reshaped, shifted
from grader.checks.hints.case import Case, case_of
from grader.checks.hints.reductions import other_dimension, other_softmax

Family = Callable[[Case], Iterator[str | None]]
BUDGET_S = 0.2
"""CPU seconds of this process: on a busy machine, wall time would make the sentence a matter of luck."""

_OF_SHAPE: tuple[Family, ...] = (reshaped, permuted, other_dimension, flattened)
_OF_DTYPE: tuple[Family, ...] = (other_dtype,)
_OF_FEW_VALUES: tuple[Family, ...] = (permuted, negated)
_OF_VALUES: tuple[Family, ...] = (
    rounded,
    permuted,
    negated,
    other_dimension,
    other_softmax,
    backwards,
    shifted,
    scaled,
    biased,
    elsewhere,
)


def find_hint(mismatch: Mismatch, *, clock: Callable[[], float] = time.process_time) -> str | None:
    """A sentence that explains every element of a wrong tensor, without any value; None where there is none.

    The search ends after 200 ms of CPU time, looked at between two candidates; a candidate is a few passes
    over at most a million elements. Tensors that are constant, not finite, larger, or of one element have
    no hint.
    """
    deadline = clock() + BUDGET_S
    case = case_of(mismatch)
    if case is None:
        return None
    for found in chain.from_iterable(family(case) for family in _families(case)):
        if found is not None:
            return found
        if clock() > deadline:
            return None
    return None


def _families(case: Case) -> tuple[Family, ...]:
    if case.actual.shape != case.expected.shape:
        return _OF_SHAPE
    if case.dtypes[0] != case.dtypes[1]:
        return _OF_DTYPE
    if case.explains(case.expected):  # what is wrong is less than float noise
        return ()
    return _OF_VALUES if case.rich else _OF_FEW_VALUES
