"""A reduction or a normalisation of an input, taken along another dimension than it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from grader.checks.hints.case import Case, alike

Along = Callable[[torch.Tensor, int], torch.Tensor]
_ALONG: dict[str, Along] = {
    "sum": lambda x, d: x.sum(d),
    "mean": lambda x, d: x.mean(d),
    "maximum": lambda x, d: x.amax(d),
    "minimum": lambda x, d: x.amin(d),
    "standard deviation": lambda x, d: x.std(d),
    "variance": lambda x, d: x.var(d),
    "norm": lambda x, d: x.square().sum(d).sqrt(),
    "softmax": lambda x, d: x.softmax(d),
    "log-softmax": lambda x, d: x.log_softmax(d),
    "running sum": lambda x, d: x.cumsum(d),
}


def other_dimension(case: Case) -> Iterator[str | None]:
    """The expected one is f(input) along a dimension, the actual one along another."""
    if not case.floating:
        return
    for tensor in case.inputs:
        if tensor.dim() < 2 or min(tensor.shape) < 2:
            continue
        for name, along in _ALONG.items():
            yield from _compared(case, tensor, name, along)


def _compared(case: Case, tensor: torch.Tensor, name: str, along: Along) -> Iterator[str | None]:
    dimensions = range(tensor.dim())
    right = None
    for dimension in dimensions:
        if _is(along(tensor, dimension), case.expected, case.room):
            right = dimension
            break
        yield None
    for dimension in dimensions if right is not None else ():
        if dimension != right and _is(along(tensor, dimension), case.actual, case.room):
            yield (
                f"the {name} is taken over dimension {dimension} of an input, "
                f"where dimension {right} is asked for"
            )
        yield None


def _is(candidate: torch.Tensor, found: torch.Tensor, room: float) -> bool:
    """Equal, whether dimensions of size 1 were kept or not."""
    own, other = ([size for size in tensor.shape if size != 1] for tensor in (candidate, found))
    return own == other and alike(found, candidate.reshape(found.shape), room)
