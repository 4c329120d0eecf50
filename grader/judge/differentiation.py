"""By which tensors a target is differentiated, and how they are moved to measure a derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grader.checks.differences import LENGTH
from grader.model.errors import AuthoringError
from grader.worker.programs import input_tensors, parameter_name
from grader.worker.trees import named_inputs, tensors_in

Wrt = int | str | Sequence[int | str] | None
INPUTS, PARAMETERS = "inputs", "parameters"
_ALONE = 6
"""Up to so many tensors are moved one at a time; more are moved together, so that the cost stays."""
_MOST_ELEMENTS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The tensors of a call that can be differentiated by, by name."""

    inputs: dict[str, torch.Tensor]
    parameters: dict[str, torch.Tensor]
    by_argument: dict[int | str, list[str]]
    """Positions and keywords of the call's inputs, and the names of the tensors in each."""

    @classmethod
    def of(
        cls, args: Sequence[Any], kwargs: Mapping[str, Any], state: Mapping[str, torch.Tensor] | None
    ) -> Variables:
        """The floating inputs of a call, and the floating entries of a state."""
        floating = {name: one for name, one in input_tensors(args, kwargs).items() if one.is_floating_point()}
        parts = zip([*range(len(args)), *kwargs], named_inputs(args, kwargs).items(), strict=True)
        found = {
            key: [path for path, _ in tensors_in(value, name) if path in floating]
            for key, (name, value) in parts
        }
        weights = {parameter_name(key): one for key, one in (state or {}).items() if one.is_floating_point()}
        return cls(inputs=floating, parameters=weights, by_argument=found)

    def chosen(self, wrt: Wrt) -> dict[str, torch.Tensor]:
        """What `wrt` means; all where None. Raises AuthoringError where it means nothing."""
        everything = self.inputs | self.parameters
        if wrt is None:
            return _some(everything, "check_gradients: no input is a floating tensor")
        wanted = [wrt] if isinstance(wrt, int | str) else list(wrt)
        names = [name for one in wanted for name in self._named(one)]
        return _some({name: everything[name] for name in dict.fromkeys(names)}, "wrt is empty")

    def _named(self, wanted: int | str) -> list[str]:
        if wanted == INPUTS:
            return list(_some(self.inputs, "wrt='inputs': no input is a floating tensor"))
        if wanted == PARAMETERS:
            return list(_some(self.parameters, "wrt='parameters' needs state=weights(...) of a class"))
        if isinstance(wanted, str) and parameter_name(wanted) in self.parameters:
            return [parameter_name(wanted)]
        found = self.by_argument.get(wanted)
        if found:
            return found
        known = [repr(key) for key, names in self.by_argument.items() if names]
        known += [repr(name.split("`")[1]) for name in self.parameters]
        raise AuthoringError(
            f"wrt={wanted!r} is no floating input and no parameter; there are "
            f"{', '.join([*known, repr(INPUTS), repr(PARAMETERS)])} (inputs are counted from 0)"
        )


def _some(found: dict[str, torch.Tensor], complaint: str) -> dict[str, torch.Tensor]:
    if not found:
        raise AuthoringError(complaint)
    return found


def draw_moves(
    tensors: Mapping[str, torch.Tensor], count: int, generator: torch.Generator
) -> list[dict[str, torch.Tensor]]:
    """Random moves of length `LENGTH`: `count` of each tensor alone, or `2 * count` of all together.

    A move of a tensor is in proportion to the size of its elements where they are small.
    """
    full = {name: one for name, one in tensors.items() if one.numel()}
    elements = sum(one.numel() for one in full.values())
    rounds = max(1, min(count, _MOST_ELEMENTS // max(elements, 1)))
    groups = [[name] for name in full] if len(full) <= _ALONE else [list(full)] * 2
    return [
        {name: _move(full[name], len(group), generator) for name in group}
        for group in groups
        for _ in range(rounds)
    ]


def _move(tensor: torch.Tensor, together: int, generator: torch.Generator) -> torch.Tensor:
    direction = torch.randn(tensor.shape, dtype=torch.float64, generator=generator)
    size = min(1.0, tensor.double().square().mean().sqrt().item()) or 1.0
    move: torch.Tensor = direction * (LENGTH * size / (direction.norm().item() * together**0.5))
    return move
