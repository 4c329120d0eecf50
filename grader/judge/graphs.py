"""`graph`: what a result's graph reaches, and if asked of which nodes it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from grader.checks.tolerance import chosen
from grader.judge.differentiation import Variables
from grader.judge.exam import DESK
from grader.judge.graph_findings import COMPARED, LEAVES, first_finding, is_well_formed
from grader.judge.respondents import values_of_both
from grader.judge.verdicts import check_failed, no_answer
from grader.model.errors import AuthoringError
from grader.subjects.base import Target
from grader.subjects.wording import bad_reply
from grader.worker.graphs import Graph
from grader.worker.probes import Init

_SEEDS = 2**62


@pytest.fixture
def graph(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare the graph of a result with that of the reference's."""
    desk = request.config.stash[DESK]

    def graph(
        target: Target,
        *inputs: Any,
        compare: str = LEAVES,
        init: Init | None = None,
        state: Mapping[str, torch.Tensor] | None = None,
        train: bool = False,
        rtol: float | None = None,
        atol: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Fail unless a target's result, and its graph, are as the reference's.

        The target is one as in `check_gradients`. Leaves are the inputs that require gradients (all
        floating ones, if none does) and the parameters. `compare` says what counts:

        - "leaves", which holds for every right formulation: the values, which outputs have a graph, and
          which leaves each of them reaches with which gradient;
        - "set", also the names of the nodes, as a set;
        - "names", the names in order, as `graph_of` walks: depth first, a node before what it leads to;
        - "edges", also which node leads to which.
        """
        if compare not in COMPARED:
            raise AuthoringError(f"graph(compare={compare!r}) needs one of {', '.join(COMPARED)}")
        exam, tolerance = desk.exam, chosen(rtol, atol, exact=False)
        is_module = init is not None or state is not None
        if is_module and not isinstance(target, str):
            raise AuthoringError("graph: init and state go with a class's name, not with a probe")
        check = exam.next_check("graph")
        made = {"init": init or (), "state": state, "train": train, "dtype": torch.float64}
        seeds = tuple(torch.randint(_SEEDS, (2,), generator=exam.generator).tolist())
        leaves = _leaves(inputs, kwargs, state)
        question = (inputs, kwargs, made if is_module else None, leaves, compare != LEAVES, seeds)
        actual, expected = values_of_both(exam, Graph(target), question, {}, check)
        if not is_well_formed(actual):
            raise no_answer(bad_reply("malformed"), check)
        failure = first_finding(actual, expected, compare, tolerance)
        if failure:
            raise check_failed(failure, check, actual, tolerance)

    return graph


def _leaves(inputs: Any, kwargs: Mapping[str, Any], state: Mapping[str, torch.Tensor] | None) -> list[str]:
    variables = Variables.of(inputs, kwargs, state)
    marked = [name for name, one in variables.inputs.items() if one.requires_grad]
    leaves = [*(marked or variables.inputs), *variables.parameters]
    if not leaves:
        raise AuthoringError("graph: there is no floating input, and no state with parameters")
    return leaves
