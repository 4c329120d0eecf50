"""Strategies for plain data, and equality that also compares types, dtypes and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

TENSOR_DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.complex64,
    torch.complex128,
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
]
ARRAY_DTYPES = ["?", "i1", "u1", "<i2", ">i4", "<i8", "<u8", "<f2", "<f4", "<f8", ">f8", "<c8", "<c16"]
SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def _bytes_for(shape: tuple[int, ...], itemsize: int) -> st.SearchStrategy[bytes]:
    size = int(np.prod(shape, dtype=np.int64)) * itemsize
    return st.binary(min_size=size, max_size=size)


@st.composite
def tensors(draw: Any) -> torch.Tensor:
    shape, dtype = draw(SHAPES), draw(st.sampled_from(TENSOR_DTYPES))
    data = bytearray(draw(_bytes_for(shape, dtype.itemsize)))
    if dtype is torch.bool:
        data = bytearray(byte % 2 for byte in data)
    tensor = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    tensor = tensor.reshape(shape)
    view = draw(st.sampled_from(["plain", "transposed", "strided", "expanded", "conj"]))
    if view == "transposed" and tensor.dim() > 1:
        return tensor.transpose(0, -1)
    if view == "strided" and tensor.dim() and tensor.shape[0]:
        return tensor[::2]
    if view == "expanded":
        return tensor.unsqueeze(0).expand(2, *tensor.shape)
    return tensor.conj() if view == "conj" and dtype.is_complex else tensor


@st.composite
def arrays(draw: Any) -> np.ndarray[Any, Any]:
    shape, dtype = draw(SHAPES), np.dtype(draw(st.sampled_from(ARRAY_DTYPES)))
    data = draw(_bytes_for(shape, dtype.itemsize))
    if dtype.kind == "b":
        data = bytes(byte % 2 for byte in data)
    array = np.frombuffer(data, dtype=dtype).reshape(shape) if data else np.empty(shape, dtype)
    return array.T if draw(st.booleans()) else array


def numpy_scalars() -> st.SearchStrategy[Any]:
    return arrays().filter(lambda array: array.size > 0).map(lambda array: array.reshape(-1)[0])


DTYPES = st.sampled_from([*TENSOR_DTYPES, torch.qint8])
DEVICES = st.sampled_from(["cpu", "cuda:1", "meta"]).map(torch.device)
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=8)
KEYS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.complex_numbers(allow_nan=False),
        ANY_TEXT,
        st.binary(max_size=4),
        DTYPES,
        DEVICES,
    ),
    lambda inner: st.tuples(inner, inner),
    max_leaves=3,
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.complex_numbers(),
    ANY_TEXT,
    st.binary(max_size=20),
    DTYPES,
    DEVICES,
    tensors(),
    arrays(),
    numpy_scalars(),
    st.sets(KEYS, max_size=4),
)
PLAIN = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=8,
)


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, torch.Tensor):
        data = value.detach().resolve_conj().resolve_neg().contiguous()
        return (
            data.clone(memory_format=torch.contiguous_format).numpy(force=True).tobytes()
            if (data.dtype is not torch.bfloat16)
            else data.float().numpy().tobytes()
        )
    return np.asarray(value).tobytes()


def identical(one: Any, other: Any) -> bool:
    """The same type, structure and bits; NaN equals NaN of the same bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype and _bytes_of(one) == _bytes_of(other)
    if isinstance(one, np.ndarray | np.generic):
        return one.shape == other.shape and one.dtype == other.dtype and _bytes_of(one) == _bytes_of(other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, dict):
        return identical(list(one), list(other)) and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, float | complex):
        return repr(one) == repr(other)
    return bool(one == other)
