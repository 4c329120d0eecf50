"""`aliases`: which results are views of the inputs, and which are copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader.checks.tolerance import chosen
from grader.judge.alias_findings import first_finding, is_well_formed
from grader.judge.exam import DESK
from grader.judge.respondents import values_of_both
from grader.judge.verdicts import check_failed, no_answer
from grader.model.errors import AuthoringError
from grader.subjects.base import Target
from grader.subjects.wording import bad_reply
from grader.worker.aliasing import Aliases, Array, arrays_in_named


@pytest.fixture
def aliases(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare which results share memory with which inputs."""
    desk = request.config.stash[DESK]

    def aliases(
        target: Target,
        *inputs: Any,
        rtol: float | None = None,
        atol: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Fail unless a target's results, and what memory they share with its inputs, are the reference's.

        Shown by writing: after the call new random contents go into each input, and one element of each
        result is changed; each time the others are read. So a view shows every write, in both directions,
        and a copy none. Results may be tensors or arrays inside lists, tuples and dictionaries.
        """
        exam, tolerance = desk.exam, chosen(rtol, atol, exact=False)
        known = dict(arrays_in_named(inputs, kwargs))
        if not any(_size(one) for one in known.values()):
            raise AuthoringError("aliases: no input is a tensor or an array that could be shared")
        check = exam.next_check("aliases")
        contents = {name: _others(one, exam.generator) for name, one in known.items()}
        place = torch.rand((), dtype=torch.float64, generator=exam.generator).item()
        amount = int(torch.randint(1, 8, (), generator=exam.generator))
        question = (inputs, kwargs, contents, place, amount)
        actual, expected = values_of_both(exam, Aliases(target), question, {}, check)
        if not is_well_formed(actual):
            raise no_answer(bad_reply("malformed"), check)
        failure = first_finding(actual, expected, contents, tolerance)
        if failure:
            raise check_failed(failure, check, actual, tolerance)

    return aliases


def _size(array: Array) -> int:
    return array.numel() if isinstance(array, torch.Tensor) else array.size


def _others(array: Array, generator: torch.Generator) -> Array:
    """New contents of the same shape and dtype, different from the old ones in every element."""
    if isinstance(array, np.ndarray):
        return _others_of_array(array, generator)
    if array.dtype is torch.bool:
        return ~array
    if array.is_floating_point() or array.is_complex():
        drawn = torch.rand(array.shape, dtype=torch.float64, generator=generator)
        return array.detach() + (1 + drawn).to(array.dtype)
    return array + torch.randint(1, 8, array.shape, generator=generator).to(array.dtype)


def _others_of_array(array: np.ndarray[Any, Any], generator: torch.Generator) -> np.ndarray[Any, Any]:
    if array.dtype == np.dtype(bool):
        return ~array
    drawn = torch.randint(1, 8, array.shape, generator=generator).numpy()
    others: np.ndarray[Any, Any] = array + drawn.astype(array.dtype)
    return others
