"""The same answers reached in another way, as right code may: in double precision, with other threads,
from inputs that differ in their last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.subjects.base import Answer, Borrowed, Call, Subject
from grader.worker.precision import Precise, Threaded

_BITS = {
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
    torch.float32: torch.int32,
    torch.float64: torch.int64,
}
_ARRAYS = {
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
    "complex64": torch.float32,
    "complex128": torch.float64,
}
_PATIENCE = 20
"""Computing beside oneself in doubles takes so many times longer, at the most."""


class Varied(Borrowed):
    """A subject that is asked otherwise than the test asks; its time is its own, which has no rounding."""

    def __init__(self, subject: Subject, vary: Callable[[Call], Call]) -> None:
        super().__init__(subject)
        self._vary = vary

    def answer(self, call: Call) -> Answer:
        """The subject's answer to the call as it is varied."""
        return super().answer(self._vary(call))


def as_it_is(call: Call) -> Call:
    """The same call; for a subject that somebody else closes."""
    return call


def in_doubles(call: Call) -> Call:
    """The same call, computed in float64."""
    return replace(call, target=Precise(call.target), seconds=_PATIENCE * call.seconds)


class Nudge:
    """The same call on inputs that are an ulp away, with so many threads.

    Only inputs of the greatest precision in a call are nudged: an ulp of a float32 weight is no rounding
    of a model that computes in float64.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self.step = 0.0
        """The greatest relative step that was made: what is more precise is not comparable."""

    def __call__(self, call: Call) -> Call:
        """The call as it is varied."""
        dtypes = {_torch_dtype(leaf) for leaf in _leaves(call.inputs)}
        finest = min((torch.finfo(dtype).eps for dtype in dtypes if dtype is not None), default=0.0)
        self.step = max(self.step, finest)
        args = [nudged(value, finest) for value in call.args]
        kwargs = {key: nudged(value, finest) for key, value in call.kwargs.items()}
        return replace(call, target=Threaded(call.target, self._threads), args=args, kwargs=kwargs)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _torch_dtype(leaf: Any) -> torch.dtype | None:
    """The dtype of a tensor or array whose entries can be nudged."""
    if isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex()):
        real = leaf.dtype.to_real() if leaf.is_complex() else leaf.dtype
        return real if real in _BITS and leaf.layout is torch.strided else None
    if isinstance(leaf, np.ndarray) and leaf.dtype.name in _ARRAYS:
        return _ARRAYS[leaf.dtype.name]
    return None


def nudged(value: Any, eps: float) -> Any:
    """A copy with the last bit of every entry of tensors and arrays of this precision flipped.

    Equal entries stay equal. Whole numbers, zero among them, stay as they are: a mask, a label or a
    worked example means them exactly. So do infinities and NaN, and numbers outside of tensors.
    """
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(nudged(item, eps) for item in value))
    if type(value) in (list, tuple):
        return type(value)(nudged(item, eps) for item in value)
    if isinstance(value, dict):
        return {key: nudged(item, eps) for key, item in value.items()}
    dtype = _torch_dtype(value)
    if dtype is None or torch.finfo(dtype).eps != eps:
        return value
    if isinstance(value, torch.Tensor):
        return _nudged(value.detach()).requires_grad_(value.requires_grad)
    native = value.astype(value.dtype.newbyteorder("="))
    return _nudged(torch.from_numpy(native)).numpy().astype(value.dtype)


def _nudged(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.is_complex():
        return torch.view_as_complex(_nudged(torch.view_as_real(tensor.resolve_conj())))
    own = tensor.resolve_neg().contiguous()
    flipped = (own.view(_BITS[own.dtype]) ^ 1).view(own.dtype)
    return torch.where(torch.isfinite(own) & (own != own.round()), flipped, own)
