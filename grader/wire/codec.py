"""Plain data to a tree of msgpack values plus raw buffers, and back.

Scalars travel as themselves; every other type as a list that starts with its tag, so an unknown or
malformed tag fails loudly. Tensors and arrays leave their bytes beside the tree, in buffers that are
neither copied nor parsed. Nothing is ever pickled, and no type is chosen by the sender.
"""

from __future__ import annotations

from typing import Any

from grader.wire.packing import pack
from grader.wire.plain_data import DEFAULT_BOUNDS, Bounds, NotPlainData
from grader.wire.unpacking import unpack

__all__ = ["DEFAULT_BOUNDS", "Bounds", "NotPlainData", "pack", "plain", "unpack"]


def plain(value: Any, bounds: Bounds = DEFAULT_BOUNDS) -> Any:
    """A deep, independent copy of a value as it would arrive on the other side."""
    tree, buffers = pack(value, bounds)
    return unpack(tree, [bytearray(buffer) for buffer in buffers], bounds)
