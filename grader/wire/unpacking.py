"""A tree and its buffers back to plain data, trusting nothing."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Final

import numpy as np
import torch

from grader.wire.channel import Buffer
from grader.wire.plain_data import (
    ARRAY,
    ARRAY_DTYPES,
    BIG_INT,
    COMPLEX,
    DEFAULT_BOUNDS,
    DEVICE,
    DICT,
    DTYPE,
    DTYPES,
    LIST,
    NUMPY_SCALAR,
    ODD_STR,
    SET,
    TENSOR,
    TENSOR_DTYPES,
    TUPLE,
    Bounds,
    Budget,
    NotPlainData,
)

_SAME_HASH = 64
_ENDS_SHOWN = 6
"""What torch and numpy write of a long dimension: three items at either end."""
_MAX_WRITTEN = 100_000

_OF_BAD_DATA = (
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What Python raises where a sender put something else than a tag promises."""


def unpack(tree: Any, buffers: list[Buffer], bounds: Bounds = DEFAULT_BOUNDS) -> Any:
    """Rebuild a value from what `pack` made, trusting nothing. Raises NotPlainData.

    Tensors and arrays share memory with their buffers where the buffers are writable.
    """
    return _unpack(tree, buffers, Budget(bounds), 0)


def _unpack(tree: Any, buffers: list[Buffer], budget: Budget, depth: int) -> Any:
    budget.node(depth)
    if not isinstance(tree, list):
        if tree is None or isinstance(tree, bool | int | float | str | bytes):
            return tree
        raise NotPlainData("malformed: an unknown kind of value")
    if not tree:
        raise NotPlainData("malformed: an item without a tag")
    tag, rest = tree[0], tree[1:]
    if tag in (LIST, TUPLE, SET, DICT) and type(tag) is int:
        items = [_unpack(item, buffers, budget, depth + 1) for item in rest]
        return _container(tag, items)
    try:
        return _UNPACKERS[tag](rest, buffers, budget)
    except NotPlainData:
        raise
    except _OF_BAD_DATA as error:
        shown = tag if isinstance(tag, int | float) else type(tag).__name__
        raise NotPlainData(f"malformed: {type(error).__name__} at tag {shown}") from None


def _container(tag: int, items: list[Any]) -> Any:
    if tag == LIST:
        return items
    if tag == TUPLE:
        return tuple(items)
    try:
        if tag == SET:
            _check_keys(items)
            return set(items)
        keys = items[::2]
        if len(items) % 2:
            _refuse_key()
        _check_keys(keys)
        return dict(zip(keys, items[1::2], strict=True))
    except TypeError:
        _refuse_key()


def _check_keys(keys: list[Any]) -> None:
    """Hashable by their types, and not made to collide: a table of such keys takes hours to build."""
    if not all(_is_key(key) for key in keys):
        _refuse_key()
    if len(keys) > _SAME_HASH and max(Counter(map(hash, keys)).values()) > _SAME_HASH:
        raise NotPlainData(f"more than {_SAME_HASH} keys of one hash")


def _refuse_key() -> Any:
    raise NotPlainData("a key or set element that is not a plain, hashable value")


def _is_key(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_key(item) for item in value)
    return value is None or isinstance(
        value, bool | int | float | complex | str | bytes | torch.dtype | torch.device
    )


def _unpack_tensor(rest: list[Any], buffers: list[Buffer], budget: Budget) -> torch.Tensor:
    name, shape, device, index = rest
    dtype = TENSOR_DTYPES[name]
    count = _checked_numel(shape)
    size = count * dtype.itemsize
    budget.take(size, f"a tensor of shape {tuple(shape)}")
    _check_writing(shape)
    data = _writable(_buffer(buffers, index, size))
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    tensor = torch.frombuffer(data, dtype=dtype).reshape(shape)
    return tensor if device == "cpu" else tensor.to(_local_device(device))


def _local_device(device: str) -> torch.device:
    """The device named, where it is here; a claim about a device that is not stays visible as meta."""
    wanted = torch.device(device)
    usable = wanted.type == "cpu" or (wanted.type == "cuda" and torch.cuda.is_available())
    if not usable:
        raise NotPlainData(f"a tensor on device {str(device)[:20]}, which is not here")
    return wanted


def _unpack_array(rest: list[Any], buffers: list[Buffer], budget: Budget) -> np.ndarray[Any, Any]:
    name, shape, index = rest
    dtype = _array_dtype(name)
    size = _checked_numel(shape) * dtype.itemsize
    budget.take(size, f"an array of shape {tuple(shape)}")
    _check_writing(shape)
    return np.frombuffer(_writable(_buffer(buffers, index, size)), dtype=dtype).reshape(shape)


def _unpack_scalar(rest: list[Any], _buffers: list[Buffer], _budget: Budget) -> Any:
    name, data = rest
    dtype = _array_dtype(name)
    if type(data) is not bytes or len(data) != dtype.itemsize:
        raise NotPlainData("malformed: a numpy scalar of the wrong size")
    return np.frombuffer(data, dtype=dtype)[0]


def _array_dtype(name: Any) -> np.dtype[Any]:
    """By a table: numpy evaluates parts of a name, and raises what it likes."""
    if type(name) is not str or name not in ARRAY_DTYPES:
        raise NotPlainData("malformed: an array's dtype")
    return ARRAY_DTYPES[name]


def _checked_numel(shape: Any) -> int:
    if type(shape) is not list or len(shape) > 64:
        raise NotPlainData("malformed: a shape")
    if not all(type(size) is int and 0 <= size < 2**48 for size in shape):
        raise NotPlainData("malformed: a shape")
    return math.prod(shape)


def _check_writing(shape: list[int]) -> None:
    """That no `repr` takes long: torch and numpy leave out the middle of a dimension, and no dimension.

    A failing assert, a message of a test and pytest itself write out what a student returned.
    """
    if math.prod(min(size, _ENDS_SHOWN) for size in shape) > _MAX_WRITTEN:
        raise NotPlainData(f"a tensor or array with too many items over its {len(shape)} dimensions")


def _buffer(buffers: list[Buffer], index: Any, size: int) -> Buffer:
    if type(index) is not int or not 0 <= index < len(buffers):
        raise NotPlainData("malformed: a buffer that was not sent")
    if len(buffers[index]) != size:
        raise NotPlainData("malformed: a buffer whose size does not fit the shape")
    return buffers[index]


def _writable(buffer: Buffer) -> Buffer:
    return bytearray(buffer) if isinstance(buffer, bytes) or memoryview(buffer).readonly else buffer


def _unpack_big(rest: list[Any], _buffers: list[Buffer], budget: Budget) -> int:
    (data,) = rest
    budget.take(len(data), "this int")
    return int.from_bytes(data, "big", signed=True)


_UNPACKERS: Final[dict[Any, Any]] = {
    BIG_INT: _unpack_big,
    COMPLEX: lambda rest, _b, _n: complex(float(rest[0]), float(rest[1])),
    ODD_STR: lambda rest, _b, _n: rest[0].decode("utf-8", "surrogatepass"),
    DTYPE: lambda rest, _b, _n: DTYPES[rest[0]],
    DEVICE: lambda rest, _b, _n: torch.device(rest[0][:32]),
    TENSOR: _unpack_tensor,
    ARRAY: _unpack_array,
    NUMPY_SCALAR: _unpack_scalar,
}
