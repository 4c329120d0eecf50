"""Evidence about gradients: an output, its gradients, and what the forward pass gives at points nearby."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from grader.worker.asking import Asked
from grader.worker.programs import Program
from grader.worker.trees import copied, cotangents, floating_in

STEPS = (1.0, 0.5, -0.5, -1.0)
"""At which multiples of a move the forward pass is evaluated; then once more where nothing is moved."""


@dataclass(frozen=True)
class Gradients(Asked):
    """Probe: the gradients of a target, and forward values from which they can be measured."""

    def __call__(
        self,
        submission: ModuleType,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        made: Mapping[str, Any] | None,
        wrt: Collection[str],
        moves: Sequence[Mapping[str, torch.Tensor]],
        seeds: tuple[int, int],
    ) -> dict[str, Any]:
        """Run the target, backward through a weighted sum of its floating outputs, and at moved inputs.

        `wrt` names tensors as `grader.worker.programs` does; `moves` say by how much which of them are
        moved; `seeds` are those of the random numbers of each run, and of the weights of the sum.

        Returns `kind` (how the target is called), `output`, `attached` (for each floating output whether
        it has a graph), `left` (what the forward pass itself left in `.grad`), `grads` (by name, None
        where none arrives), and `values`, float64 of shape (4 * moves + 1, floating outputs): the
        weighted sum of each output at `STEPS` times every move, and at the inputs themselves again.
        """
        program = Program(submission, self.target, args, kwargs, made, seeds[0])
        output, leaves = program.run(wrt)
        facts = {"kind": program.kind, "output": copied(output)}
        outputs = [one for _, one in floating_in(output)]
        facts["attached"] = [one.requires_grad for one in outputs]
        facts["left"] = {name: copied(leaf.grad) for name, leaf in leaves.items()}
        weights = cotangents(seeds[1], outputs)
        attached = [index for index, has in enumerate(facts["attached"]) if has]
        if attached:
            torch.autograd.backward(
                [outputs[index] for index in attached], [weights[index] for index in attached]
            )
        facts["grads"] = {name: copied(leaf.grad) for name, leaf in leaves.items()}
        points = [{name: step * one for name, one in move.items()} for move in moves for step in STEPS]
        rows = [_sums(program.run(wrt, point)[0], weights) for point in [*points, {}]]
        facts["values"] = torch.stack(rows)
        return facts


def _sums(output: Any, weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """The weighted sum of each floating output, in float64. Graphs are made as before, and dropped."""
    outputs = [one.detach() for _, one in floating_in(output)]
    sums = [(one.double() * weight.double()).sum() for one, weight in zip(outputs, weights, strict=True)]
    return torch.stack(sums) if sums else torch.empty(0, dtype=torch.float64)
