"""`check_gradients`: returned gradients against the reference's, and against measured ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from grader.checks.tolerance import chosen
from grader.judge.differentiation import Variables, Wrt, draw_moves
from grader.judge.exam import DESK
from grader.judge.gradient_findings import BOTH, DIFFERENCES, REFERENCE, Asked, first_finding
from grader.judge.respondents import value_of
from grader.judge.verdicts import check_failed, no_answer
from grader.model.errors import AuthoringError
from grader.subjects.base import Returned, Target
from grader.subjects.wording import bad_reply
from grader.worker.gradients import Gradients
from grader.worker.probes import Init
from grader.worker.trees import floating_in

_SEEDS = 2**62


@pytest.fixture
def check_gradients(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare gradients with the reference's, and with what forward values measure."""
    desk = request.config.stash[DESK]

    def check_gradients(
        target: Target,
        *inputs: Any,
        wrt: Wrt = None,
        against: str = BOTH,
        init: Init | None = None,
        state: Mapping[str, torch.Tensor] | None = None,
        train: bool = False,
        directions: int = 4,
        rtol: float | None = None,
        atol: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Fail unless the gradients of a target are right.

        The target is a function, a class of `torch.autograd.Function` (its `apply` is called), a probe,
        or with `init` or `state` a class whose instance, made as `build` does in float64, is called.
        Its floating outputs are summed with fixed random weights, so that the whole Jacobian counts.

        `wrt`: positions (from 0) or keywords of inputs, names of parameters, "inputs", "parameters", or
        a list of these; all floating inputs and parameters by default. `against`: "reference", whose
        output and gradients the student's must equal; "differences", what the student's own forward
        values measure along `directions` random directions of each tensor (for random layers: each run
        has equal random numbers); or "both". Measuring needs float64.
        """
        exam, tolerance = desk.exam, chosen(rtol, atol, exact=False)
        is_module = init is not None or state is not None
        variables = Variables.of(inputs, kwargs, state).chosen(wrt)
        _expect_sense(target, against, directions, variables, is_module)
        check, number = exam.next_check("check_gradients"), exam.pair()
        made = {"init": init or (), "state": state, "train": train, "dtype": torch.float64}
        count = 0 if against == REFERENCE else directions
        moves = draw_moves(variables, count, exam.generator) if count else []
        seeds = tuple(torch.randint(_SEEDS, (2,), generator=exam.generator).tolist())
        question = (inputs, kwargs, made if is_module else None, list(variables), moves, seeds)
        expected = exam.ask_reference(Gradients(target), question, {}, number)
        if not isinstance(expected, Returned):
            raise AuthoringError(f"the reference raises in check_gradients: {expected}")
        _expect_outputs(expected.value["output"], against)
        actual = value_of(exam.ask_student(Gradients(target), question, {}, number), check)
        asked = Asked(against=against, moves=moves, seed=seeds[1], tolerance=tolerance)
        finding = first_finding(actual, expected.value, asked)
        if finding is None:
            return
        if finding.failure is None:
            raise no_answer(bad_reply("malformed"), check)
        raise check_failed(finding.failure, check, finding.actual, finding.tolerance)

    return check_gradients


def _expect_sense(
    target: Target, against: str, directions: int, variables: Mapping[str, torch.Tensor], is_module: bool
) -> None:
    if against not in (BOTH, REFERENCE, DIFFERENCES):
        raise AuthoringError(
            f"check_gradients(against={against!r}) needs one of {BOTH}, {REFERENCE}, {DIFFERENCES}"
        )
    if directions < 1:
        raise AuthoringError(f"check_gradients(directions={directions}) needs one at least")
    if is_module and not isinstance(target, str):
        raise AuthoringError("check_gradients: init and state go with a class's name, not with a probe")
    coarse = [
        name
        for name, one in variables.items()
        if one.dtype is not torch.float64 and not (is_module and name.startswith("parameter"))
    ]
    if coarse and against != REFERENCE:
        raise AuthoringError(
            f"check_gradients: {coarse[0]} is {variables[coarse[0]].dtype}, and derivatives are measured in "
            "float64 only; draw it so, leave it out of `wrt`, or ask against='reference'"
        )


def _expect_outputs(output: Any, against: str) -> None:
    dtypes = {one.dtype for _, one in floating_in(output)}
    if not dtypes:
        raise AuthoringError("check_gradients: the reference's output has no real floating tensor")
    if against != REFERENCE and dtypes != {torch.float64}:
        raise AuthoringError(
            f"check_gradients: the reference's output is {', '.join(map(str, dtypes))}, and derivatives are "
            "measured in float64 only; use float64 inputs, or ask against='reference'"
        )
