"""What a training returned: are these the weights of the model, and can the losses be what they claim to be?

Each finding has a kind beside its sentence: figures of a training differ between two runs of the same
mistake, the kind does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grader.checks.compare import shown
from grader.checks.failure import Failure

Shapes = Mapping[str, tuple[tuple[int, ...], torch.dtype]]
"""Of a state_dict: the shape and dtype of each entry by its name."""
MOST_LOSSES = 100_000
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a training: its kind, and what the student is told."""

    kind: str
    failure: Failure
    claimed: float | None = None
    """A number that is the same whenever the mistake is, for whoever was given the same inputs."""

    @property
    def evidence(self) -> list[Any]:
        """What two runs of the same mistake have in common."""
        return [self.kind] if self.claimed is None else [self.kind, self.claimed]


def found(kind: str, sentence: str, *figures: str, claimed: float | None = None) -> Finding:
    """A finding from its kind and its words."""
    return Finding(kind=kind, failure=Failure(sentence=sentence, figures=figures), claimed=claimed)


def read_weights(value: Any, wanted: Shapes) -> dict[str, torch.Tensor] | Finding:
    """The wanted entries of a state_dict in the wanted dtypes, all finite; or what is wrong with it.

    Any floating dtype stands for another. Entries that are not wanted are left out: a model may have
    buffers of its own.
    """
    if not isinstance(value, dict):
        return found("structure", f"the weights are a {type(value).__name__}, not a dictionary of tensors")
    absent = [name for name in wanted if name not in value]
    if absent:
        return found("names", f"the weights lack {_list(absent)}", *_unknown(value, wanted))
    taken = {}
    for name, (shape, dtype) in wanted.items():
        entry = _entry(name, value[name], shape, dtype)
        if isinstance(entry, Finding):
            return entry
        taken[name] = entry
    return taken


def _entry(name: str, value: Any, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor | Finding:
    if not isinstance(value, torch.Tensor):
        return found("structure", f"the weight {name!r} is a {type(value).__name__}, not a tensor")
    if tuple(value.shape) != tuple(shape):
        own, right = tuple(value.shape), tuple(shape)
        return found("shapes", f"the weight {name!r} has the shape {own} instead of {right}")
    if value.dtype != dtype and not (value.is_floating_point() and dtype.is_floating_point):
        return found("dtypes", f"the weight {name!r} is of {value.dtype} instead of {dtype}")
    cast = value.detach().to(dtype)
    if not torch.isfinite(cast).all():
        return found("diverged", f"the weight {name!r} is NaN or infinite somewhere: the training diverges")
    return cast


def read_losses(value: Any) -> list[float] | Finding:
    """Claimed losses as numbers, two at least, all finite; or what is wrong with them."""
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= MOST_LOSSES:
        what = f"{len(value):,} items" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
        return found("structure", f"the losses are {what}, not a list of two numbers or more")
    numbers = [number(item) for item in value]
    for index, one in enumerate(numbers):
        if one is None:
            kind = type(value[index]).__name__
            return found("structure", f"the loss number {index + 1} is a {kind}, not a number")
        if not math.isfinite(one):
            what = "NaN" if math.isnan(one) else "infinite"
            return found("diverged", f"the loss number {index + 1} is {what}: the training diverges")
    return [one for one in numbers if one is not None]


def number(value: Any) -> float | None:
    """A number as a float; None for what is none. A tensor of one element is one, a bool is not."""
    if isinstance(value, torch.Tensor) and value.numel() == 1 and value.is_floating_point():
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def unchanged(weights: Mapping[str, torch.Tensor], start: Mapping[str, torch.Tensor]) -> Finding | None:
    """Whether a training moved nothing."""
    same = all(
        name in start and torch.equal(value, start[name].to(value.dtype)) for name, value in weights.items()
    )
    return (
        found("unchanged", "the weights are those from before the training: it changed nothing")
        if same
        else None
    )


def not_falling(losses: Sequence[float]) -> Finding | None:
    """Whether the losses end no lower than they begin."""
    if losses[-1] < losses[0]:
        return None
    return found(
        "not falling", "the losses do not fall", f"first {shown(losses[0])}, last {shown(losses[-1])}"
    )


def wrong_first(claimed: float, measured: float, slack: float) -> Finding | None:
    """Whether the first claimed loss is further than `slack` from what the initial weights give."""
    if abs(claimed - measured) <= slack:
        return None
    sentence = f"the first loss is {shown(claimed)}, but with the initial weights it is {shown(measured)}"
    return found("first loss", sentence, f"allowed: a difference of {slack:g}", claimed=claimed)


def wrong_last(claimed: float, measured: float, slack: float) -> Finding | None:
    """Whether the last claimed loss is further than `slack` from what the returned weights give."""
    if abs(claimed - measured) <= slack:
        return None
    sentence = f"the last loss is {shown(claimed)}, but with the returned weights it is {shown(measured)}"
    return found("last loss", sentence, f"allowed: a difference of {slack:g}")


def _unknown(value: Mapping[Any, Any], wanted: Shapes) -> tuple[str, ...]:
    others = [name for name in value if name not in wanted]
    return (f"there are {_list(others)}",) if others else ()


def _list(names: Sequence[Any]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown(name) for name in names[:_SHOWN]) + more
