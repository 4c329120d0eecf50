"""The right values, each put through the same arithmetic: precision, sign, a factor, a bias.

Each family yields once for every candidate that it tried: the sentence if it explains the result, else None.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from grader.checks.hints.case import Case, alike

_CLOSE = 1e-6
_LEAST_REPEATED = 3
_NEAR_SINGLE = 2.0**-20
_HALVES = {torch.bfloat16: 2.0**-7, torch.float16: 2.0**-10}


def other_dtype(case: Case) -> Iterator[str | None]:
    """Right but for the dtype."""
    if not case.explains(case.expected):
        yield None
        return
    own, wanted = case.dtypes
    if own.is_floating_point and wanted.is_floating_point and own.itemsize < wanted.itemsize:
        yield "the values are right, in lower precision: is something made without dtype=, or cast?"
        return
    yield "the values are right; only the dtype is another"


def rounded(case: Case) -> Iterator[str | None]:
    """Right up to a lower precision than the dtype has."""
    if case.dtypes[1] is torch.float64:
        found = alike(case.actual, case.expected, _NEAR_SINGLE)
        yield (
            "the values are right to about seven digits: is a part of it computed in float32, "
            "or a small constant another?"
            if found
            else None
        )
    elif case.dtypes[1] is torch.float32:
        for half, room in _HALVES.items():
            exact = torch.equal(case.actual.to(half).to(torch.float64), case.actual)
            found = exact and alike(case.actual, case.expected, room)
            yield f"the values are right, but rounded to {half}" if found else None


def negated(case: Case) -> Iterator[str | None]:
    """The other sign; of truth values, the other one."""
    if case.expected.dtype is torch.bool:
        found = case.explains(~case.expected)
        yield "every value is inverted: True stands where False is expected" if found else None
    else:
        yield "every value has the wrong sign" if case.explains(-case.expected) else None


def scaled(case: Case) -> Iterator[str | None]:
    """Times one constant, with a guess at which."""
    if not case.floating:
        return
    unit = case.expected / case.expected.abs().max()
    factor = float((unit * case.actual).sum() / (unit * unit).sum())
    if not math.isfinite(factor) or not factor or not case.explains(factor * unit):
        yield None
        return
    factor /= float(case.expected.abs().max())
    guess = next(
        (told for value, told in _constants(case) if math.isclose(value, factor, rel_tol=_CLOSE)), ""
    )
    yield f"every value is the expected one times a constant{': ' + guess if guess else ''}"


def _constants(case: Case) -> Iterator[tuple[float, str]]:
    """Factors that come of sizes. The result's own are named by number; those of inputs are not."""
    own = [(size, f"the size of {name}, {size}") for size, name in _sizes(case.expected)]
    sizes = own + [
        (size, f"the size of {name} of an input") for tensor in case.inputs for size, name in _sizes(tensor)
    ]
    counts = [(case.expected.numel(), "the number of elements")]
    counts += [(tensor.numel(), "the number of elements of an input") for tensor in case.inputs]
    yield from ((size**0.5, f"the square root of {name}?") for size, name in sizes)
    yield from ((size, f"{name} (a sum where a mean is asked for?)") for size, name in sizes + counts)
    yield from ((size**-0.5, f"one over the square root of {name}?") for size, name in sizes)
    yield from (
        (1 / size, f"one over {name} (a mean where a sum is asked for?)") for size, name in sizes + counts
    )
    yield 2.0, "two?"
    yield 0.5, "one half?"
    for size, name in sizes + counts:
        for power, root in ((1.0, ""), (0.5, "the square root of ")):
            yield (size - 1) ** power, f"{root}one less than {name}?"
            yield (size - 1) ** -power, f"one over {root}one less than {name}?"
            yield (size / (size - 1)) ** power, f"{root}n / (n - 1), n being {name}?"
            yield ((size - 1) / size) ** power, f"{root}(n - 1) / n, n being {name}?"


def _sizes(tensor: torch.Tensor) -> list[tuple[int, str]]:
    """The sizes of a tensor's dimensions but 1, the last one first, and what they are called."""
    last = tensor.dim() - 1
    named = [
        (size, "the last dimension" if place == last else f"dimension {place}")
        for place, size in enumerate(tensor.shape)
        if size > 1
    ]
    return named[::-1]


def biased(case: Case) -> Iterator[str | None]:
    """A vector along one dimension too many or too few; or one number."""
    if not case.floating:
        return
    difference = case.actual - case.expected
    if difference.numel() >= _LEAST_REPEATED:
        found = _near(case, difference, difference.mean())
        yield "every value is off by the same number" if found else None
    for dimension, size in enumerate(case.expected.shape):
        if size == 1 or difference.numel() < _LEAST_REPEATED * size:
            continue
        others = [other for other in range(difference.dim()) if other != dimension]
        # Where one vector is all that is expected, every other one differs from it by a vector.
        found = not _near(case, case.expected, case.expected.mean(dim=others, keepdim=True))
        found = found and _near(case, difference, difference.mean(dim=others, keepdim=True))
        yield (
            f"the result and the expected one differ by one vector along dimension {dimension}: "
            "a bias that is missing, or one too many?"
            if found
            else None
        )


def _near(case: Case, one: torch.Tensor, other: torch.Tensor) -> bool:
    """Measured by the expected values: beside a huge vector everything else would look like noise."""
    return bool(((one - other).abs() <= case.room * case.expected.abs().max()).all())
