"""`same_structure`: what a class registers, and how it behaves, against the reference's class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import torch

from grader.checks.tolerance import chosen
from grader.judge import behaviour_findings, structure_findings
from grader.judge.exam import DESK
from grader.judge.inputs import fill
from grader.judge.respondents import values_of_both
from grader.judge.verdicts import check_failed, no_answer
from grader.model.errors import AuthoringError
from grader.subjects.wording import bad_reply
from grader.worker.structure import behaviour_of, structure_of

_SEEDS = 2**62


@pytest.fixture
def same_structure(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare a class with the reference's: names, sharing, modes, and saving and loading."""
    desk = request.config.stash[DESK]

    def same_structure(
        name: str,
        *init: Any,
        inputs: Sequence[Any] | None = None,
        parameters: bool = True,
        buffers: bool = True,
        sharing: bool = True,
        modes: bool = True,
        round_trip: bool = True,
        submodules: Sequence[str] = (),
        dtype: torch.dtype = torch.float64,
        rtol: float | None = None,
        atol: float | None = None,
        **options: Any,
    ) -> None:
        """Fail unless the class `name`, built with `init` and `options`, is made as the reference's is.

        `parameters`: names, shapes, dtypes and requires_grad; `buffers`: those that are saved (others are
        the student's own affair); `sharing`: which names are one tensor, shown by writing; `submodules`:
        the names of those that the task prescribes. Then weights drawn here are loaded, in `dtype`, and
        with `round_trip` saved and loaded into a second instance. With `inputs` that instance's output in
        evaluation and the gradients of its parameters are compared, and with `modes` a second call, and
        one in training. Without `inputs` a class can only be taken at its word: give them where it has a
        forward.
        """
        exam, tolerance = desk.exam, chosen(rtol, atol, exact=False)
        check = exam.next_check("same_structure")
        mark = 1 + torch.rand((), generator=exam.generator).item()
        actual, expected = values_of_both(exam, structure_of, (name, list(init), options, mark), {}, check)
        unknown = [one for one in submodules if one not in expected["modules"]]
        if unknown:
            raise AuthoringError(f"same_structure: the reference has no sub-module `{unknown[0]}`")
        if not structure_findings.is_well_formed(actual):
            raise no_answer(bad_reply("malformed"), check)
        failure = structure_findings.first_finding(
            actual,
            expected,
            mark=mark,
            parameters=parameters,
            buffers=buffers,
            sharing=sharing,
            submodules=submodules,
        )
        if failure:
            raise check_failed(
                failure, check, {key: actual[key] for key in ("parameters", "buffers", "marks")}
            )
        if inputs is None and not round_trip:
            return
        state = _drawn_state(exam.generator, expected, dtype)
        seeds = tuple(torch.randint(_SEEDS, (3,), generator=exam.generator).tolist())
        given = None if inputs is None else list(inputs)
        question = (name, list(init), options, state, dtype, given, seeds, round_trip, modes)
        actual, expected = values_of_both(exam, behaviour_of, question, {}, check)
        if (
            type(actual) is not dict
            or set(actual) != set(expected)
            or type(actual.get("grads", {})) is not dict
        ):
            raise no_answer(bad_reply("malformed"), check)
        finding = behaviour_findings.first_finding(actual, expected, state, tolerance)
        if finding:
            raise check_failed(finding.failure, f"{check} behaviour", finding.actual, tolerance)

    return same_structure


def _drawn_state(
    generator: torch.Generator, facts: Mapping[str, Any], dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """Random weights of the reference's shapes, equal for names that are one tensor."""
    known = {key: fact[:2] for part in ("parameters", "buffers") for key, fact in facts[part].items()}
    saved = {key: known[key] for key in facts["saved"] if key in known}
    drawn = {
        key: fill(generator, key, shape, dtype if own.is_floating_point else own, 1.0)
        for key, (shape, own) in saved.items()
    }
    for first, *others in structure_findings.groups_of(facts["marks"]):
        drawn |= {key: drawn[first] for key in others if key in drawn and first in drawn}
    return drawn
