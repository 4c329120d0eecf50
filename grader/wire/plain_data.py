"""What plain data is: the tags of its types, the dtypes that cross, and what one value may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

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

INT64 = range(-(2**63), 2**63)
ARRAY_KINDS = "biufc"
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in vars(torch).values()
    if isinstance(dtype, torch.dtype)
}
TENSOR_DTYPES = {
    name: DTYPES[name]
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
    if name in DTYPES
}
TENSOR_NAMES = {dtype: name for name, dtype in TENSOR_DTYPES.items()}


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


class Budget:
    """Counts nodes and bytes while a value is walked."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.bytes = 0
        self.nodes = 0

    def node(self, depth: int) -> None:
        """Count an item. Raises NotPlainData over the limits."""
        self.nodes += 1
        if self.nodes > self.bounds.nodes:
            raise NotPlainData(f"more than {self.bounds.nodes:,} items")
        if depth > self.bounds.depth:
            raise NotPlainData(f"nested deeper than {self.bounds.depth} levels")

    def take(self, size: int, what: str) -> None:
        """Count bytes. Raises NotPlainData over the limit."""
        self.bytes += size
        if self.bytes > self.bounds.bytes:
            raise NotPlainData(f"{what} is more than the limit of {self.bounds.bytes // 2**20} MiB")


def crosses(dtype: np.dtype[Any]) -> bool:
    """Numbers of the precisions that torch has too; no long doubles, texts, dates or objects."""
    return dtype.kind in ARRAY_KINDS and dtype.itemsize <= (16 if dtype.kind == "c" else 8)


def _array_dtypes() -> dict[str, np.dtype[Any]]:
    known = [np.dtype(code) for code in np.typecodes["All"] if code not in "SUV"]
    both = [one for dtype in known for one in (dtype, dtype.newbyteorder())]
    return {dtype.str: dtype for dtype in both if crosses(dtype)}


ARRAY_DTYPES = _array_dtypes()
"""The array dtypes that cross, of both byte orders, by numpy's own name for them."""
