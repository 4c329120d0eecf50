"""Actual against expected plain data: type and structure, then shape, dtype, device, then values.

Nothing is ever broadcast, and a NaN where the expected value is finite fails whatever the tolerance.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.checks.failure import Failure, Mismatch
from grader.checks.tolerance import EXACT, Asked, Tolerance, resolved

_SHOWN = 3
_LONGEST = 80


def compare(
    actual: Any, expected: Any, tolerance: Asked = None, *, ordered: bool = False, path: str = ""
) -> Failure | None:
    """The first difference found, or None. `ordered` also compares the order of dictionaries' keys."""
    if isinstance(expected, torch.Tensor):
        return _tensor(actual, expected, tolerance, path)
    if isinstance(expected, np.ndarray):
        return _array(actual, expected, tolerance, path)
    if type(actual) is not type(expected):
        return _types(actual, expected, path)
    if isinstance(expected, list | tuple):
        return _sequence(actual, expected, tolerance, ordered, path)
    if isinstance(expected, dict):
        return _dict(actual, expected, tolerance, ordered, path)
    if isinstance(expected, float | complex | np.inexact):
        return _number(actual, expected, tolerance, path)
    if _typed(actual) != _typed(expected):
        sentence = f"{shown(actual)} instead of {shown(expected)}"
        return Failure(sentence=sentence, path=path)
    return None


def _typed(value: Any) -> Any:
    """A key, or another small value, with its type: True is not 1, also inside tuples and sets."""
    if isinstance(value, tuple):
        return tuple(_typed(item) for item in value)
    if isinstance(value, set):
        return {_typed(item) for item in value}
    return type(value), value


def _types(actual: Any, expected: Any, path: str) -> Failure:
    what = "" if path else "the result is "  # the path says it
    sentence = f"{what}{_a_type(actual)} instead of {_a_type(expected)}"
    if actual is None and not path:
        sentence += " (is a `return` missing?)"
    return Failure(sentence=sentence, path=path)


def _sequence(actual: Any, expected: Any, tolerance: Asked, ordered: bool, path: str) -> Failure | None:
    if len(actual) != len(expected):
        kind = type(expected).__name__
        items = f"{len(actual)} item{'' if len(actual) == 1 else 's'}"
        return Failure(sentence=f"a {kind} of {items} instead of {len(expected)}", path=path)
    for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
        failure = compare(one, other, tolerance, ordered=ordered, path=f"{path}[{index}]")
        if failure:
            return failure
    return None


def _dict(actual: Any, expected: Any, tolerance: Asked, ordered: bool, path: str) -> Failure | None:
    own, wanted = {_typed(key): key for key in actual}, {_typed(key): key for key in expected}
    missing = [key for typed, key in wanted.items() if typed not in own]
    extra = [key for typed, key in own.items() if typed not in wanted]
    if missing or extra:
        parts = [f"lacks the {_keys(missing)}"] if missing else []
        parts += [f"has the unknown {_keys(extra)}"] if extra else []
        return Failure(sentence="the dictionary " + " and ".join(parts), path=path)
    if ordered and list(actual) != list(expected):
        order = f"{_list(list(actual))} instead of {_list(list(expected))}"
        return Failure(sentence=f"the keys stand in the order {order}", path=path)
    for key in expected:
        failure = compare(
            actual[key], expected[key], tolerance, ordered=ordered, path=f"{path}[{_written(key)}]"
        )
        if failure:
            return failure
    return None


def _number(actual: Any, expected: Any, tolerance: Asked, path: str) -> Failure | None:
    failure = _tensor(as_tensor(actual), as_tensor(expected), tolerance, path)
    if failure is None:
        return None
    return Failure(
        sentence="{} instead of {}".format(*shown_apart(actual, expected)),
        path=path,
        figures=failure.figures[-1:],
    )


def _array(actual: Any, expected: np.ndarray[Any, Any], tolerance: Asked, path: str) -> Failure | None:
    if not isinstance(actual, np.ndarray):
        return _types(actual, expected, path)
    if actual.shape != expected.shape:
        return _wrong("shape", actual.shape, expected.shape, path)
    if actual.dtype != expected.dtype:
        return _wrong("dtype", actual.dtype, expected.dtype, path)
    return _tensor(as_tensor(actual), as_tensor(expected), tolerance, path)


def as_tensor(value: Any) -> torch.Tensor:
    """A number or an array as a tensor of its dtype."""
    array = np.array(value)
    return torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("=")))  # torch takes no other


def _tensor(actual: Any, expected: torch.Tensor, tolerance: Asked, path: str) -> Failure | None:
    if not isinstance(actual, torch.Tensor):
        return _types(actual, expected, path)
    failure = _unlike(actual, expected, tolerance, path)
    return replace(failure, mismatch=Mismatch(actual=actual, expected=expected)) if failure else None


def _unlike(actual: torch.Tensor, expected: torch.Tensor, tolerance: Asked, path: str) -> Failure | None:
    if actual.shape != expected.shape:
        return _wrong("shape", tuple(actual.shape), tuple(expected.shape), path)
    if actual.dtype != expected.dtype:
        return _wrong("dtype", actual.dtype, expected.dtype, path)
    if actual.device != expected.device:
        return _wrong("device", actual.device, expected.device, path)
    if torch.equal(actual, expected):
        return None
    return _finiteness(actual, expected, path) or _values(actual, expected, tolerance, path)


def _wrong(what: str, actual: object, expected: object, path: str) -> Failure:
    return Failure(sentence=f"wrong {what}: {actual} instead of {expected}", path=path)


def _finiteness(actual: torch.Tensor, expected: torch.Tensor, path: str) -> Failure | None:
    if not (actual.dtype.is_floating_point or actual.dtype.is_complex):
        return None
    bad = ~torch.isfinite(actual) & torch.isfinite(expected)
    count = int(bad.sum())
    if not count:
        return None
    at = _index(bad)
    nans = int((torch.isnan(actual) & torch.isfinite(expected)).sum())
    kind = "NaN" if nans == count else "infinite" if nans == 0 else "NaN or infinite"
    figures = (f"{_share(count, bad.numel())}, the first{_at(at)}",) if at else ()
    return Failure(sentence=f"values are {kind} where finite ones are expected", path=path, figures=figures)


def _values(actual: torch.Tensor, expected: torch.Tensor, tolerance: Asked, path: str) -> Failure | None:
    allowed = resolved(tolerance, expected)
    difference, room = differences(actual, expected, allowed)
    bad = ~_same(actual, expected) if allowed == EXACT else difference > room
    count = int(bad.sum())
    if not count:
        return None
    return Failure(
        sentence="wrong values", path=path, figures=_figures(actual, expected, difference, bad, allowed)
    )


def differences(
    actual: torch.Tensor, expected: torch.Tensor, allowed: Tolerance
) -> tuple[torch.Tensor, torch.Tensor]:
    """The absolute differences of two tensors of one shape and dtype, and how large each may be.

    Equal values, NaN beside NaN included, differ by 0; a NaN beside a number by infinity.
    """
    one, other = _wide(actual), _wide(expected)
    apart = torch.where(_same(actual, expected), 0.0, (one - other).abs()).nan_to_num(nan=math.inf)
    return apart, allowed.atol + allowed.rtol * other.abs().nan_to_num(nan=0.0, posinf=0.0)


def _same(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    return _equal(actual, expected) | (torch.isnan(_wide(actual)) & torch.isnan(_wide(expected)))


def _figures(
    actual: torch.Tensor,
    expected: torch.Tensor,
    difference: torch.Tensor,
    bad: torch.Tensor,
    allowed: Tolerance,
) -> tuple[str, ...]:
    worst = _index(difference == difference.max())
    count = int(bad.sum())
    lines = [f"{_share(count, bad.numel())} differ{'s' if count == 1 else ''}"] if bad.numel() > 1 else []
    lines.append(
        f"greatest difference {_difference(difference, expected, worst)}{_at(worst)}: "
        f"{_pair(actual, expected, worst)}"
    )
    others = [tuple(where) for where in bad.nonzero()[: _SHOWN + 1].tolist() if tuple(where) != worst][
        :_SHOWN
    ]
    lines += [f"{_at(where).strip()}: {_pair(actual, expected, where)}" for where in others]
    lines.append(_allowed(allowed))
    return tuple(lines)


def _difference(difference: torch.Tensor, expected: torch.Tensor, where: tuple[int, ...]) -> str:
    absolute, size = float(difference[where]), abs(complex(expected[where].item()))
    relative = f" ({100 * absolute / size:.3g} %)" if size and math.isfinite(absolute / size) else ""
    return f"{absolute:.3g}{relative}"


def _allowed(tolerance: Tolerance) -> str:
    if tolerance == EXACT:
        return "allowed: no difference"
    return f"allowed: a difference of {tolerance.atol:g} + {tolerance.rtol:g} * |expected|"


def _pair(actual: torch.Tensor, expected: torch.Tensor, where: tuple[int, ...]) -> str:
    return "got {}, expected {}".format(*shown_apart(actual[where].item(), expected[where].item()))


def _at(where: tuple[int, ...]) -> str:
    return f" at {list(where)}" if where else ""


def _equal(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    if actual.dtype is torch.uint64:  # torch does not compare it
        return actual.view(torch.int64) == expected.view(torch.int64)
    return actual == expected


def _wide(value: torch.Tensor) -> torch.Tensor:
    return value.to(torch.complex128 if value.dtype.is_complex else torch.float64)


def _index(mask: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in mask.nonzero()[0])


def _share(count: int, total: int) -> str:
    return (
        f"all {total} values"
        if count == total
        else f"{count} of {total} values ({100 * count / total:.3g} %)"
    )


def _keys(keys: list[Any]) -> str:
    return f"key{'' if len(keys) == 1 else 's'} {_list(keys)}"


def _list(keys: list[Any]) -> str:
    return ", ".join(shown(key) for key in keys[:8]) + (", ..." if len(keys) > 8 else "")


class _Short(reprlib.Repr):
    """Writes out no more of a large or deep value than is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 3, 2 * _LONGEST, 2 * _LONGEST
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = 10

    def repr_int(self, value: int, _level: int) -> str:
        """Python refuses to write more than 4,300 digits."""
        bits = value.bit_length()
        return repr(value) if bits <= 1000 else f"an int of {bits:,} bits"

    def repr_bytes(self, value: bytes, _level: int) -> str:
        """The beginning."""
        return repr(value[:_LONGEST])


def shown(value: Any) -> str:
    """A value in at most eighty characters."""
    return f"{value:.7g}" if isinstance(value, float) else _written(value)


def shown_apart(one: Any, other: Any) -> tuple[str, str]:
    """Two values that differ, with as many digits as it takes to see that they do."""
    texts = shown(one), shown(other)
    return texts if texts[0] != texts[1] else (_written(one), _written(other))


def _written(value: Any) -> str:
    text = _Short().repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _a_type(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, np.generic):
        return f"a numpy {name}"
    known: dict[str, Callable[[], str]] = {
        "NoneType": lambda: "None",
        "Tensor": lambda: "a tensor",
        "ndarray": lambda: "a numpy array",
    }
    return known.get(name, lambda: f"{'an' if name[0] in 'aeiou' else 'a'} {name}")()
