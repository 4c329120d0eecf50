"""Evidence about the graph of what a target returns: its nodes, and the leaves that it reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from grader.worker.asking import Asked
from grader.worker.programs import Program
from grader.worker.trees import copied, cotangents, floating_in

# Taken before any code of a student's runs: a class of tensors may say what it likes.
_grad_fn: Callable[[torch.Tensor], Any] = vars(torch._C.TensorBase)["grad_fn"].__get__
_OWN_FUNCTION = torch.autograd.function.BackwardCFunction
_BUILT_IN = re.compile(r".*Backward\d+$|AccumulateGrad$")


def graph_of(*outputs: torch.Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """For probes: the graph behind tensors, as (name of a node, the indices of those that it leads to).

    Depth first from each output in turn, a node before what it leads to, that in the order of
    `next_functions`; each node once; -1 where there is none. Names are PyTorch's, without namespace:
    "AddBackward0", "AccumulateGrad". A custom Function that goes by a built-in name gets "python::".
    """
    numbers: dict[Any, int] = {}
    stack = [node for node in reversed([_grad_fn(one) for one in outputs]) if node is not None]
    while stack:
        node = stack.pop()
        if node not in numbers:
            numbers[node] = len(numbers)
            stack += [one for one, _ in reversed(node.next_functions) if one is not None]
    return [
        (_name(node), tuple(-1 if one is None else numbers[one] for one, _ in node.next_functions))
        for node in numbers
    ]


def _name(node: Any) -> str:
    name = str(node.name()).rpartition("::")[2]
    return f"python::{name}" if isinstance(node, _OWN_FUNCTION) and _BUILT_IN.match(name) else name


@dataclass(frozen=True)
class Graph(Asked):
    """Probe: the graph of what a target returns."""

    def __call__(
        self,
        submission: ModuleType,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        made: Mapping[str, Any] | None,
        leaves: Collection[str],
        nodes: bool,
        seeds: tuple[int, int],
    ) -> dict[str, Any]:
        """Run the target with the named tensors as leaves.

        Returns `output`; `attached`, for each floating output whether it has a graph; `reached`, for each
        the gradients of its elements, summed with fixed weights, by every leaf (None where none arrives);
        and `nodes`, as `graph_of` lists them, if asked.
        """
        program = Program(submission, self.target, args, kwargs, made, seeds[0])
        output, found = program.run(leaves)
        facts = {"output": copied(output)}
        outputs = [one for _, one in floating_in(output)]
        facts["attached"] = [one.requires_grad for one in outputs]
        facts["nodes"] = graph_of(*outputs) if nodes else []
        weights = cotangents(seeds[1], outputs)
        facts["reached"] = [
            _reached(one, weight, found) for one, weight in zip(outputs, weights, strict=True)
        ]
        return facts


def _reached(
    output: torch.Tensor, weight: torch.Tensor, leaves: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor | None]:
    able = [name for name, leaf in leaves.items() if leaf.requires_grad]
    if not output.requires_grad or not able:
        return dict.fromkeys(leaves)
    grads = torch.autograd.grad(
        output, [leaves[name] for name in able], weight, retain_graph=True, allow_unused=True
    )
    return dict.fromkeys(leaves) | {name: copied(grad) for name, grad in zip(able, grads, strict=True)}
