"""Plain data to a tree of msgpack values plus raw buffers, and back.

Scalars travel as themselves; every other type as a list that starts with its tag, so an unknown or
malformed tag fails loudly. Tensors and arrays leave their bytes beside the tree, in buffers that are
neither copied nor parsed. Nothing is ever pickled, and no type is chosen by the sender.

Both directions check sizes before they touch the data: a four-byte tensor expanded to 10^12 elements
is refused by its shape.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import torch

from grader.wire.channel import Buffer

LIST: Final = 0
TUPLE: Final = 1
DICT: Final = 2
SET: Final = 3
BIG_INT: Final = 4
COMPLEX: Final = 5
ODD_STR: Final = 6
"""A str with lone surrogates, which UTF-8 cannot hold."""
DTYPE: Final = 7
DEVICE: Final = 8
TENSOR: Final = 9
ARRAY: Final = 10
NUMPY_SCALAR: Final = 11

_INT64 = range(-(2**63), 2**63)
_SAME_HASH = 64
_DICTS = (dict, OrderedDict, defaultdict, Counter)
_TENSORS = (torch.Tensor, torch.nn.Parameter)
_ARRAY_KINDS = "biufc"
_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in vars(torch).values()
    if isinstance(dtype, torch.dtype)
}
_TENSOR_DTYPES = {
    name: _DTYPES[name]
    for name in [
        "float64",
        "float32",
        "float16",
        "bfloat16",
        "complex64",
        "complex128",
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint16",
        "uint32",
        "uint64",
    ]
    if name in _DTYPES
}
_TENSOR_NAMES = {dtype: name for name, dtype in _TENSOR_DTYPES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one value may cost."""

    bytes: int = 256 * 2**20
    depth: int = 64
    nodes: int = 1_000_000


DEFAULT_BOUNDS = Bounds()


class NotPlainData(ValueError):
    """A value that cannot cross, with the path to it inside the whole."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def within(self, step: str) -> NotPlainData:
        """The same complaint, seen from one level further out."""
        return NotPlainData(self.reason, step + self.path)

    def __str__(self) -> str:
        return f"at result{self.path}: {self.reason}" if self.path else self.reason


class _Budget:
    """Counts nodes and bytes while a value is walked."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.bytes = 0
        self.nodes = 0

    def node(self, depth: int) -> None:
        self.nodes += 1
        if self.nodes > self.bounds.nodes:
            raise NotPlainData(f"more than {self.bounds.nodes:,} items")
        if depth > self.bounds.depth:
            raise NotPlainData(f"nested deeper than {self.bounds.depth} levels")

    def take(self, size: int, what: str) -> None:
        self.bytes += size
        if self.bytes > self.bounds.bytes:
            raise NotPlainData(f"{what} is more than the limit of {self.bounds.bytes // 2**20} MiB")


def pack(value: Any, bounds: Bounds = DEFAULT_BOUNDS) -> tuple[Any, list[Buffer]]:
    """Turn a value into (tree for msgpack, buffers). Raises NotPlainData naming path and type."""
    buffers: list[Buffer] = []
    return _pack(value, buffers, _Budget(bounds), 0), buffers


def unpack(tree: Any, buffers: list[Buffer], bounds: Bounds = DEFAULT_BOUNDS) -> Any:
    """Rebuild a value from what `pack` made, trusting nothing. Raises NotPlainData.

    Tensors and arrays share memory with their buffers where the buffers are writable.
    """
    return _unpack(tree, buffers, _Budget(bounds), 0)


def plain(value: Any, bounds: Bounds = DEFAULT_BOUNDS) -> Any:
    """A deep, independent copy of a value as it would arrive on the other side."""
    tree, buffers = pack(value, bounds)
    return unpack(tree, [bytearray(buffer) for buffer in buffers], bounds)


def _pack(value: Any, buffers: list[Buffer], budget: _Budget, depth: int) -> Any:
    budget.node(depth)
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if value in _INT64 else _pack_big(value, budget)
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


def _pack_rare(value: Any, buffers: list[Buffer], budget: _Budget) -> Any:
    kind = type(value)
    if kind is complex:
        return [COMPLEX, value.real, value.imag]
    if kind is torch.dtype:
        return [DTYPE, str(value).removeprefix("torch.")]
    if kind is torch.device:
        return [DEVICE, str(value)]
    if kind is np.ndarray:
        return _pack_array(value, buffers, budget)
    if isinstance(value, np.generic) and kind.__module__ == "numpy" and _crosses(value.dtype):
        return [NUMPY_SCALAR, value.dtype.str, value.tobytes()]
    if isinstance(value, torch.Tensor):
        raise NotPlainData(f"a tensor subclass ({_name(kind)}); return a plain torch.Tensor")
    raise NotPlainData(f"type {_name(kind)} is not plain data")


def _pack_each(items: Iterable[Any], buffers: list[Buffer], budget: _Budget, depth: int) -> Iterable[Any]:
    for index, item in enumerate(items):
        try:
            yield _pack(item, buffers, budget, depth + 1)
        except NotPlainData as error:
            raise error.within(f"[{index}]") from None


def _pack_items(items: dict[Any, Any], buffers: list[Buffer], budget: _Budget, depth: int) -> Iterable[Any]:
    for key, item in items.items():
        try:
            yield _pack(key, buffers, budget, depth + 1)
            yield _pack(item, buffers, budget, depth + 1)
        except NotPlainData as error:
            raise error.within(_step(key)) from None


def _step(key: Any) -> str:
    shown = type(key) is str or (type(key) is int and key in _INT64)
    return f"[{key!r}]" if shown and len(repr(key)) <= 80 else "[...]"


def _pack_big(value: int, budget: _Budget) -> Any:
    size = value.bit_length() // 8 + 1
    budget.take(size, "this int")
    return [BIG_INT, value.to_bytes(size, "big", signed=True)]


def _pack_tensor(value: torch.Tensor, buffers: list[Buffer], budget: _Budget) -> Any:
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        raise NotPlainData(f"a tensor of layout {value.layout}; return a dense one")
    if value.device.type == "meta":
        raise NotPlainData("a meta tensor, which has no data")
    name = _TENSOR_NAMES.get(value.dtype)
    if name is None:
        raise NotPlainData(f"a tensor of {value.dtype}")
    budget.take(value.numel() * value.element_size(), f"a tensor of shape {tuple(value.shape)}")
    data = value.detach().resolve_conj().resolve_neg().to("cpu").contiguous()
    # Not reshape: of a single element it keeps whatever stride a slice has left there.
    flat = data.as_strided((data.numel(),), (1,))
    buffers.append(flat.view(torch.uint8).numpy().data)
    return [TENSOR, name, list(value.shape), str(value.device), len(buffers) - 1]


def _crosses(dtype: np.dtype[Any]) -> bool:
    """Numbers of the precisions that torch has too; no long doubles, texts, dates or objects."""
    return dtype.kind in _ARRAY_KINDS and dtype.itemsize <= (16 if dtype.kind == "c" else 8)


def _pack_array(value: np.ndarray[Any, Any], buffers: list[Buffer], budget: _Budget) -> Any:
    if not _crosses(value.dtype):
        raise NotPlainData(f"an array of dtype {value.dtype}")
    budget.take(value.nbytes, f"an array of shape {value.shape}")
    data = np.ascontiguousarray(value).reshape(-1)
    buffers.append(data.view(np.uint8).data)
    return [ARRAY, value.dtype.str, list(value.shape), len(buffers) - 1]


def _unpack(tree: Any, buffers: list[Buffer], budget: _Budget, depth: int) -> Any:
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
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError, OverflowError, MemoryError) as error:
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


def _unpack_tensor(rest: list[Any], buffers: list[Buffer], budget: _Budget) -> torch.Tensor:
    name, shape, device, index = rest
    dtype = _TENSOR_DTYPES[name]
    count = _checked_numel(shape)
    size = count * dtype.itemsize
    budget.take(size, f"a tensor of shape {tuple(shape)}")
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


def _unpack_array(rest: list[Any], buffers: list[Buffer], budget: _Budget) -> np.ndarray[Any, Any]:
    name, shape, index = rest
    dtype = _array_dtype(name)
    size = _checked_numel(shape) * dtype.itemsize
    budget.take(size, f"an array of shape {tuple(shape)}")
    return np.frombuffer(_writable(_buffer(buffers, index, size)), dtype=dtype).reshape(shape)


def _unpack_scalar(rest: list[Any], _buffers: list[Buffer], _budget: _Budget) -> Any:
    name, data = rest
    dtype = _array_dtype(name)
    if type(data) is not bytes or len(data) != dtype.itemsize:
        raise NotPlainData("malformed: a numpy scalar of the wrong size")
    return np.frombuffer(data, dtype=dtype)[0]


def _array_dtype(name: Any) -> np.dtype[Any]:
    if type(name) is not str or len(name) > 8:
        raise NotPlainData("malformed: an array's dtype")
    dtype = np.dtype(name)
    if not _crosses(dtype):
        raise NotPlainData(f"an array of dtype {dtype}")
    return dtype


def _checked_numel(shape: Any) -> int:
    if type(shape) is not list or len(shape) > 64:
        raise NotPlainData("malformed: a shape")
    if not all(type(size) is int and 0 <= size < 2**48 for size in shape):
        raise NotPlainData("malformed: a shape")
    return math.prod(shape)


def _buffer(buffers: list[Buffer], index: Any, size: int) -> Buffer:
    if type(index) is not int or not 0 <= index < len(buffers):
        raise NotPlainData("malformed: a buffer that was not sent")
    if len(buffers[index]) != size:
        raise NotPlainData("malformed: a buffer whose size does not fit the shape")
    return buffers[index]


def _writable(buffer: Buffer) -> Buffer:
    return bytearray(buffer) if isinstance(buffer, bytes) or memoryview(buffer).readonly else buffer


def _unpack_big(rest: list[Any], _buffers: list[Buffer], budget: _Budget) -> int:
    (data,) = rest
    budget.take(len(data), "this int")
    return int.from_bytes(data, "big", signed=True)


_UNPACKERS: Final[dict[Any, Any]] = {
    BIG_INT: _unpack_big,
    COMPLEX: lambda rest, _b, _n: complex(float(rest[0]), float(rest[1])),
    ODD_STR: lambda rest, _b, _n: rest[0].decode("utf-8", "surrogatepass"),
    DTYPE: lambda rest, _b, _n: _DTYPES[rest[0]],
    DEVICE: lambda rest, _b, _n: torch.device(rest[0][:32]),
    TENSOR: _unpack_tensor,
    ARRAY: _unpack_array,
    NUMPY_SCALAR: _unpack_scalar,
}


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
