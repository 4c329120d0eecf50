"""How far a value may lie from the expected one.

Defaults: float64 at 1e-9 relative and 1e-10 absolute, which separates every known mistake from float
noise by four orders; lower precisions at 32 times the noise that was measured for the test, within
bounds that no measurement leaves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """`|actual - expected| <= atol + rtol * |expected|`, elementwise."""

    rtol: float
    atol: float

    def __post_init__(self) -> None:
        if not (self.rtol >= 0 and self.atol >= 0):
            raise ValueError(f"rtol and atol must not be negative, got {self.rtol} and {self.atol}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What rounding alone does to the results of a test: the default tolerance follows from it.

    Greatest absolute differences, relative to `scale_of` the expected tensor, by the dtype's name.
    """

    by_dtype: Mapping[str, float] = field(default_factory=dict)
    otherwise: float = math.inf
    """For a dtype that was not measured: by default its greatest tolerance."""

    def of(self, dtype: torch.dtype) -> float:
        """The noise of a real floating dtype."""
        return self.by_dtype.get(name_of(dtype), self.otherwise)


Asked = Tolerance | Noise | None
"""A tolerance of the author's, or the default one for some noise; None is the greatest default."""

EXACT = Tolerance(rtol=0.0, atol=0.0)
FLOOR = Noise(otherwise=0.0)
CEILING = Noise()
HEADROOM = 32
"""A default tolerance is so many times the measured noise."""

_DOUBLE = Tolerance(rtol=1e-9, atol=1e-10)
_BOUNDS = {
    torch.float32: (Tolerance(rtol=1e-5, atol=1e-6), Tolerance(rtol=1e-4, atol=1e-5)),
    torch.float16: (Tolerance(rtol=1e-3, atol=1e-3), Tolerance(rtol=1e-2, atol=1e-2)),
    torch.bfloat16: (Tolerance(rtol=1e-2, atol=1e-2), Tolerance(rtol=1e-1, atol=1e-1)),
}


def name_of(dtype: torch.dtype) -> str:
    """`float32` for torch.float32, and for complex64, whose parts are of it."""
    return str(dtype.to_real() if dtype.is_complex else dtype).removeprefix("torch.")


def dtype_of(name: str) -> torch.dtype:
    """The dtype of such a name."""
    return getattr(torch, name)  # type: ignore[no-any-return]  # it is one


def is_measured(dtype: torch.dtype) -> bool:
    """Whether the default tolerance of a dtype depends on noise."""
    return (dtype.to_real() if dtype.is_complex else dtype) in _BOUNDS


def _room_on(device: torch.device, dtype: torch.dtype) -> float:
    """By how much the absolute part grows on a device: a GPU sums float32 in other orders."""
    return 10.0 if device.type == "cuda" and dtype is torch.float32 else 1.0


def default_for(expected: torch.Tensor, noise: Noise = CEILING) -> Tolerance:
    """The tolerance of an expected tensor by its dtype; exact for integers and booleans.

    Below double precision it is 32 times the noise, clamped, and its absolute part grows with the
    greatest expected magnitude.
    """
    real = expected.dtype.to_real() if expected.dtype.is_complex else expected.dtype
    if real is torch.float64:
        return _DOUBLE
    if real not in _BOUNDS:
        return EXACT
    base = clamped(real, noise)
    return Tolerance(rtol=base.rtol, atol=base.atol * scale_of(expected) * _room_on(expected.device, real))


def clamped(dtype: torch.dtype, noise: Noise) -> Tolerance:
    """The default of a real dtype below double precision, for values of magnitude one."""
    least, most = _BOUNDS[dtype]
    wanted = HEADROOM * noise.of(dtype)
    return Tolerance(
        rtol=min(max(wanted, least.rtol), most.rtol), atol=min(max(wanted, least.atol), most.atol)
    )


def scale_of(expected: torch.Tensor) -> float:
    """The greatest finite magnitude in a tensor, at least 1."""
    if expected.numel() == 0:
        return 1.0
    wide = expected.detach().to(torch.complex128 if expected.dtype.is_complex else torch.float64).abs()
    finite = wide[torch.isfinite(wide)]
    return max(1.0, float(finite.max())) if finite.numel() else 1.0


def resolved(asked: Asked, expected: torch.Tensor) -> Tolerance:
    """The tolerance of one expected tensor."""
    return asked if isinstance(asked, Tolerance) else default_for(expected, asked or CEILING)


def chosen(rtol: float | None, atol: float | None, exact: bool) -> Tolerance | None:
    """What a test asked for; None for the default. Raises ValueError unless both or neither are given."""
    if exact and (rtol is not None or atol is not None):
        raise ValueError("exact=True goes with neither rtol nor atol")
    if (rtol is None) != (atol is None):
        raise ValueError("give both rtol and atol, or neither")
    if exact:
        return EXACT
    return None if rtol is None or atol is None else Tolerance(rtol=rtol, atol=atol)
