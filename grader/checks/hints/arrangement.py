"""The right values in other places: exchanged dimensions, reversed, shifted, flattened differently.

Each family yields once for every candidate that it tried: the sentence if it explains the result, else None.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import torch

from grader.checks.hints.case import MOST_DIMENSIONS, Case, alike, distinct

_MOST_SORTED = 2**17
_LEAST_SHIFTED = 3
_SHIFTED = "the result is the expected one shifted by one along dimension {}"


def permuted(case: Case) -> Iterator[str | None]:
    """Dimensions in another order."""
    if case.expected.dim() > MOST_DIMENSIONS:
        return
    for order in list(permutations(range(case.expected.dim())))[1:]:
        candidate = case.expected.permute(order)
        if candidate.shape == case.actual.shape:
            yield _order_told(order) if case.explains(candidate) else None


def _order_told(order: tuple[int, ...]) -> str:
    moved = [place for place, dimension in enumerate(order) if place != dimension]
    if len(order) == 2:
        return "the result is the expected one transposed"
    if len(moved) == 2:
        return f"the result is the expected one with dimensions {moved[0]} and {moved[1]} exchanged"
    return "the result is the expected one with its dimensions in another order"


def backwards(case: Case) -> Iterator[str | None]:
    """Reversed along one dimension."""
    for dimension in _long(case, 2):
        found = case.explains(case.expected.flip(dimension))
        yield f"the result is the expected one reversed along dimension {dimension}" if found else None


def shifted(case: Case) -> Iterator[str | None]:
    """Off by one along one dimension: around the end, or with zeros or the last value moving in."""
    for dimension in _long(case, _LEAST_SHIFTED):
        size = case.expected.size(dimension)
        for step, edge, nearest in ((1, 0, 0), (-1, size - 1, size - 1)):
            around = case.expected.roll(step, dimension)
            found = case.explains(around)
            yield f"{_SHIFTED.format(dimension)}, around the end" if found else None
            for filler in (0, case.expected.select(dimension, nearest)):
                around.select(dimension, edge).copy_(torch.as_tensor(filler))
                yield _SHIFTED.format(dimension) if case.explains(around) else None


def elsewhere(case: Case) -> Iterator[str | None]:
    """Some other order of the same numbers; only where nearly every number is another one."""
    count = case.expected.numel()
    if not case.floating or not 2 < count <= _MOST_SORTED or distinct(case.expected) * 2 < min(count, 1000):
        return
    found = alike(case.actual.flatten().sort()[0], case.expected.flatten().sort()[0], case.room)
    yield (
        "the result has the expected values in other places: a view where a transpose is needed?"
        if found
        else None
    )


def reshaped(case: Case) -> Iterator[str | None]:
    """The right values in another shape."""
    if case.actual.numel() != case.expected.numel():
        return
    found = case.explains(case.expected.reshape(case.actual.shape))
    yield _shape_told(case) if found else None


def _shape_told(case: Case) -> str:
    own, wanted = tuple(case.actual.shape), tuple(case.expected.shape)
    if [size for size in own if size != 1] != [size for size in wanted if size != 1]:
        return "the values are right and in the right order; only their shape is another"
    if len(own) == len(wanted):
        return "the values are right; a dimension of size 1 stands in another place"
    if len(own) > len(wanted):
        return "the values are right; there is a dimension of size 1 too many: keepdim, or squeeze it"
    return "the values are right; a dimension of size 1 is missing: keepdim=True, or unsqueeze"


def flattened(case: Case) -> Iterator[str | None]:
    """Dimensions in another order, then another shape."""
    if case.actual.numel() != case.expected.numel() or case.expected.dim() > MOST_DIMENSIONS:
        return
    for order in list(permutations(range(case.expected.dim())))[1:]:
        found = case.explains(case.expected.permute(order).reshape(case.actual.shape))
        yield "the values are right, but flattened in another order of the dimensions" if found else None


def _long(case: Case, least: int) -> list[int]:
    sizes = enumerate(case.expected.shape)
    return [dimension for dimension, size in sizes if size >= least][:MOST_DIMENSIONS]
