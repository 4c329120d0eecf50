"""A reduction or a normalisation of an input, taken along another dimension than it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from grader.checks.hints.case import MOST_DIMENSIONS, Case, alike

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
_LOG_ROOM = 100
"""A small probability has the noise of the greatest one in its logarithm."""


def other_dimension(case: Case) -> Iterator[str | None]:
    """The expected one is f(input) along a dimension, the actual one along another."""
    if not case.floating:
        return
    for tensor in case.inputs:
        if tensor.dim() < 2 or min(tensor.shape) < 2:
            continue
        for name, along in _ALONG.items():
            yield from _compared(case, tensor, name, along)


def other_softmax(case: Case) -> Iterator[str | None]:
    """Both are softmaxes of the same unknown scores, along two dimensions.

    exp(s) / a and exp(s) / b, where a does not vary along the one dimension and b not along the other: so
    the difference of the logarithms is a sum of two such terms, and both sum to one along their own.
    """
    if not case.floating or not 2 <= case.expected.dim() <= MOST_DIMENSIONS or case.expected.min() <= 0:
        return
    if case.actual.min() <= 0:
        return
    right = [d for d in range(case.expected.dim()) if _sums_to_one(case.expected, d, case.room)]
    wrong = [d for d in range(case.actual.dim()) if _sums_to_one(case.actual, d, case.room)]
    ratio = case.actual.log() - case.expected.log()
    for one, other in ((a, b) for a in right for b in wrong if a != b):
        rest = ratio - ratio.mean(one, keepdim=True)
        rest -= rest.mean(other, keepdim=True)
        found = case.expected.size(one) > 2 and bool(rest.abs().max() <= _LOG_ROOM * case.room)
        yield (
            f"the values sum to one along dimension {other}, where dimension {one} is asked for: "
            "a softmax over the other dimension"
            if found
            else None
        )


def _sums_to_one(tensor: torch.Tensor, dimension: int, room: float) -> bool:
    sums = tensor.sum(dimension)
    return tensor.size(dimension) > 1 and alike(sums, torch.ones_like(sums), room)


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
