"""The same answers reached in another way, as right code may: in double precision, with other threads,
from inputs that differ in their last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.subjects.base import Answer, Call, Subject
from grader.worker.precision import Precise, Threaded

_BITS = {
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
    torch.float32: torch.int32,
    torch.float64: torch.int64,
}
_THREADS = 2
_PATIENCE = 20
"""Computing beside oneself in doubles takes so many times longer, at the most."""


class Varied:
    """A subject that is asked otherwise than the test asks."""

    def __init__(self, subject: Subject, vary: Callable[[Call], Call]) -> None:
        self._subject = subject
        self._vary = vary

    def answer(self, call: Call) -> Answer:
        """The subject's answer to the call as it is varied."""
        return self._subject.answer(self._vary(call))

    def cpu_seconds(self) -> float | None:
        """Not measured."""
        return None

    def close(self) -> None:
        """The subject is closed by whoever made it."""


def as_it_is(call: Call) -> Call:
    """The same call; for a subject that somebody else closes."""
    return call


def in_doubles(call: Call) -> Call:
    """The same call, computed in float64."""
    return replace(call, target=Precise(call.target), seconds=_PATIENCE * call.seconds)


def by_an_ulp(call: Call) -> Call:
    """The same call on inputs that are an ulp away, with two threads."""
    args, kwargs = [nudged(value) for value in call.args], {k: nudged(v) for k, v in call.kwargs.items()}
    return replace(call, target=Threaded(call.target, _THREADS), args=args, kwargs=kwargs)


def nudged(value: Any) -> Any:
    """A copy with the last bit of every floating-point entry of tensors and arrays flipped.

    Equal entries stay equal. Whole numbers, zero among them, stay as they are: a mask, a label or a
    worked example means them exactly. So do infinities and NaN, and numbers outside of tensors.
    """
    if isinstance(value, torch.Tensor):
        return _nudged(value.detach()).requires_grad_(value.requires_grad)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc" and value.dtype.itemsize <= 16:
        native = value.astype(value.dtype.newbyteorder("="))
        return _nudged(torch.from_numpy(native)).numpy().astype(value.dtype)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(nudged, value))
    if type(value) in (list, tuple):
        return type(value)(map(nudged, value))
    if isinstance(value, dict):
        return {key: nudged(item) for key, item in value.items()}
    return value


def _nudged(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dtype in (torch.complex64, torch.complex128):
        return torch.view_as_complex(_nudged(torch.view_as_real(tensor.resolve_conj())))
    own = tensor.contiguous().clone()
    bits = _BITS.get(tensor.dtype)
    if bits is None or tensor.layout is not torch.strided:
        return own
    flipped = (own.view(bits) ^ 1).view(tensor.dtype)
    return torch.where(torch.isfinite(own) & (own != own.round()), flipped, own)
