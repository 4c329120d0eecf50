"""What the standard library raises on archives that somebody broke, or made to break it."""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from grader.batch.nodes import Unreadable

_FOREIGN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # with NotImplementedError and RecursionError
    OverflowError,
    LookupError,
    MemoryError,
)


@contextmanager
def told_as_unreadable(what: str, kind: str) -> Iterator[None]:
    """Around a parser: whatever it raises becomes Unreadable, `WHAT is damaged or no KIND: why`."""
    try:
        yield
    except _FOREIGN as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise Unreadable(f"{what} is damaged or no {kind}: {said}") from error
