"""Fewer pages to copy at each fork: the warm memory is gathered into huge ones.

A fork copies the table of every private page, for the stub and for the worker, and both tables are
taken apart at their end; with huge pages there are hundreds of entries instead of tens of thousands.
A worker that writes to a huge page splits its own view of it and copies four KiB, as before.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path

_HUGE = 2**21
_MADV_COLLAPSE = 25


def gather() -> None:
    """Collapse this process's private memory into huge pages, as far as the kernel does it (Linux 6.1 on)."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        madvise = ctypes.CDLL(None).madvise
        for start, end in _private_areas(Path("/proc/self/maps").read_text()):
            first = -(-start // _HUGE) * _HUGE
            for address in range(first, end - _HUGE + 1, _HUGE):
                madvise(ctypes.c_void_p(address), ctypes.c_size_t(_HUGE), _MADV_COLLAPSE)


def _private_areas(maps: str) -> Iterator[tuple[int, int]]:
    """Anonymous memory that is written to: `start-end rw-p offset device inode [name]`."""
    for line in maps.splitlines():
        area, rights, _, _, inode, *_ = line.split()
        if rights == "rw-p" and inode == "0":
            start, _, end = area.partition("-")
            yield int(start, 16), int(end, 16)
