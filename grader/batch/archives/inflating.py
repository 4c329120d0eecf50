"""A compressed stream as a file of plain bytes, counted, and with bounded memory."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol

from grader.batch.archives.limits import MIB, Budget

CHUNK = 64 * 1024
LZMA_MEMORY_BYTES = 128 * MIB


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's object with the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Plain:
    """No compression."""

    eof = False
    unused_data = b""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        data = self._rest + data
        self._rest = data[max_length:]
        return data[:max_length]


_STREAMS: tuple[tuple[bytes, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY_BYTES)),
)
"""How each kind of stream begins."""


class Inflating(io.RawIOBase):
    """What a gzip, bzip2, xz or plain file holds. Reading raises Unreadable at the budget's limits."""

    def __init__(self, file: IO[bytes], budget: Budget) -> None:
        self._file = file
        self._budget = budget
        head = file.read(6)
        file.seek(0)
        self._make = next((make for magic, make in _STREAMS if head.startswith(magic)), _Plain)
        self._stream = self._make()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and none only at the end."""
        size = CHUNK if size < 0 else min(size, MIB)
        while size:
            data = self._packed()
            if self._stream.eof:  # a file may hold several streams; behind the last there may be padding
                data = self._stream.unused_data + data
                if not data.strip(b"\0"):
                    return b""
                self._stream = self._make()
            given = self._stream.decompress(data, size)
            self._budget.gave(len(given))
            if given or (not data and self._stream.needs_input):
                return given
        return b""

    def _packed(self) -> bytes:
        """More packed bytes, where the stream waits for some."""
        if not self._stream.needs_input or (self._stream.eof and self._stream.unused_data):
            return b""
        data = self._file.read(CHUNK)
        self._budget.reads(len(data))
        return data
