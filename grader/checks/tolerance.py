"""How far a value may lie from the expected one.

Defaults: float64 at 1e-9 relative and 1e-10 absolute, which separates every known mistake from float
noise by four orders; lower precisions at the greatest tolerance that any measured noise may claim.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """`|actual - expected| <= atol + rtol * |expected|`, elementwise."""

    rtol: float
    atol: float

    def __post_init__(self) -> None:
        if not (self.rtol >= 0 and self.atol >= 0):
            raise ValueError(f"rtol and atol must not be negative, got {self.rtol} and {self.atol}")


EXACT = Tolerance(rtol=0.0, atol=0.0)
_DEFAULTS = {
    torch.float64: Tolerance(rtol=1e-9, atol=1e-10),
    torch.float32: Tolerance(rtol=1e-4, atol=1e-5),
    torch.float16: Tolerance(rtol=1e-2, atol=1e-2),
    torch.bfloat16: Tolerance(rtol=1e-1, atol=1e-1),
}


def _room_on(device: torch.device, dtype: torch.dtype) -> float:
    """By how much the absolute part grows on a device: a GPU sums float32 in other orders."""
    return 10.0 if device.type == "cuda" and dtype is torch.float32 else 1.0


def default_for(expected: torch.Tensor) -> Tolerance:
    """The tolerance of an expected tensor by its dtype; exact for integers and booleans.

    Below double precision the absolute part grows with the greatest expected magnitude.
    """
    real = expected.dtype.to_real() if expected.dtype.is_complex else expected.dtype
    base = _DEFAULTS.get(real, EXACT)
    if real in (torch.float64,) or base is EXACT or expected.numel() == 0:
        return base
    finite = expected.detach().abs()
    finite = finite[torch.isfinite(finite)]
    scale = max(1.0, float(finite.max())) if finite.numel() else 1.0
    return Tolerance(rtol=base.rtol, atol=base.atol * scale * _room_on(expected.device, real))


def chosen(rtol: float | None, atol: float | None, exact: bool) -> Tolerance | None:
    """What a test asked for; None for the default. Raises ValueError unless both or neither are given."""
    if exact and (rtol is not None or atol is not None):
        raise ValueError("exact=True goes with neither rtol nor atol")
    if (rtol is None) != (atol is None):
        raise ValueError("give both rtol and atol, or neither")
    if exact:
        return EXACT
    return None if rtol is None or atol is None else Tolerance(rtol=rtol, atol=atol)
