"""Plain data to a tree of msgpack values plus raw buffers.

Sizes are checked before data is touched: a four-byte tensor expanded to 10^12 elements is refused by its
shape.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import torch

from grader.wire.channel import Buffer
from grader.wire.plain_data import (
    ARRAY,
    BIG_INT,
    COMPLEX,
    DEFAULT_BOUNDS,
    DEVICE,
    DICT,
    DTYPE,
    INT64,
    LIST,
    NUMPY_SCALAR,
    ODD_STR,
    SET,
    TENSOR,
    TENSOR_NAMES,
    TUPLE,
    Bounds,
    Budget,
    NotPlainData,
    crosses,
)

_DICTS = (dict, OrderedDict, defaultdict, Counter)
_TENSORS = (torch.Tensor, torch.nn.Parameter)


def pack(value: Any, bounds: Bounds = DEFAULT_BOUNDS) -> tuple[Any, list[Buffer]]:
    """Turn a value into (tree for msgpack, buffers). Raises NotPlainData naming path and type."""
    buffers: list[Buffer] = []
    return _pack(value, buffers, Budget(bounds), 0), buffers


def _pack(value: Any, buffers: list[Buffer], budget: Budget, depth: int) -> Any:
    budget.node(depth)
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if value in INT64 else _pack_big(value, budget)
    if kind is str or kind is bytes:
        budget.take(len(value), f"this {kind.__name__}")
        return (
            value if kind is bytes or _is_utf8(value) else [ODD_STR, value.encode("utf-8", "surrogatepass")]
        )
    if kind in _TENSORS:
        return _pack_tensor(value, buffers, budget)
    if kind is list:
        return [LIST, *_pack_each(value, buffers, budget, depth)]
    if isinstance(value, tuple) and _is_tuple(kind):
        return [TUPLE, *_pack_each(value, buffers, budget, depth)]
    if kind in _DICTS:
        return [DICT, *_pack_items(value, buffers, budget, depth)]
    if kind is set or kind is frozenset:
        return [SET, *sorted(_pack_each(value, buffers, budget, depth), key=msgspec.msgpack.encode)]
    return _pack_rare(value, buffers, budget)


def _pack_rare(value: Any, buffers: list[Buffer], budget: Budget) -> Any:
    kind = type(value)
    if kind is complex:
        return [COMPLEX, value.real, value.imag]
    if kind is torch.dtype:
        return [DTYPE, str(value).removeprefix("torch.")]
    if kind is torch.device:
        return [DEVICE, str(value)]
    if kind is np.ndarray:
        return _pack_array(value, buffers, budget)
    if isinstance(value, np.generic) and kind.__module__ == "numpy" and crosses(value.dtype):
        return [NUMPY_SCALAR, value.dtype.str, value.tobytes()]
    if isinstance(value, torch.Tensor):
        raise NotPlainData(f"a tensor subclass ({_name(kind)}); return a plain torch.Tensor")
    raise NotPlainData(f"type {_name(kind)} is not plain data")


def _pack_each(items: Iterable[Any], buffers: list[Buffer], budget: Budget, depth: int) -> Iterable[Any]:
    for index, item in enumerate(items):
        try:
            yield _pack(item, buffers, budget, depth + 1)
        except NotPlainData as error:
            raise error.within(f"[{index}]") from None


def _pack_items(items: dict[Any, Any], buffers: list[Buffer], budget: Budget, depth: int) -> Iterable[Any]:
    for key, item in items.items():
        try:
            yield _pack(key, buffers, budget, depth + 1)
            yield _pack(item, buffers, budget, depth + 1)
        except NotPlainData as error:
            raise error.within(_step(key)) from None


def _step(key: Any) -> str:
    shown = type(key) is str or (type(key) is int and key in INT64)
    return f"[{key!r}]" if shown and len(repr(key)) <= 80 else "[...]"


def _pack_big(value: int, budget: Budget) -> Any:
    size = value.bit_length() // 8 + 1
    budget.take(size, "this int")
    return [BIG_INT, value.to_bytes(size, "big", signed=True)]


def _pack_tensor(value: torch.Tensor, buffers: list[Buffer], budget: Budget) -> Any:
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        raise NotPlainData(f"a tensor of layout {value.layout}; return a dense one")
    if value.device.type == "meta":
        raise NotPlainData("a meta tensor, which has no data")
    name = TENSOR_NAMES.get(value.dtype)
    if name is None:
        raise NotPlainData(f"a tensor of {value.dtype}")
    budget.take(value.numel() * value.element_size(), f"a tensor of shape {tuple(value.shape)}")
    data = value.detach().resolve_conj().resolve_neg().to("cpu").contiguous()
    # Not reshape: of a single element it keeps whatever stride a slice has left there.
    flat = data.as_strided((data.numel(),), (1,))
    buffers.append(flat.view(torch.uint8).numpy().data)
    return [TENSOR, name, list(value.shape), str(value.device), len(buffers) - 1]


def _pack_array(value: np.ndarray[Any, Any], buffers: list[Buffer], budget: Budget) -> Any:
    if not crosses(value.dtype):
        raise NotPlainData(f"an array of dtype {value.dtype}")
    budget.take(value.nbytes, f"an array of shape {value.shape}")
    data = np.ascontiguousarray(value).reshape(-1)
    buffers.append(data.view(np.uint8).data)
    return [ARRAY, value.dtype.str, list(value.shape), len(buffers) - 1]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_tuple(kind: type) -> bool:
    """Tuples, torch.Size, named tuples and torch's return types count as tuples; other subclasses do not."""
    return (
        kind is tuple or kind is torch.Size or hasattr(kind, "_fields") or hasattr(kind, "n_sequence_fields")
    )


def _name(kind: type) -> str:
    module = getattr(kind, "__module__", "")
    name = str(getattr(kind, "__qualname__", kind))[:80]
    return name if module in ("builtins", "") else f"{str(module)[:80]}.{name}"
