"""At which test a judge is: noted where it outlives the judge. Needs no torch."""

from __future__ import annotations

import contextlib
import os
import signal

OVERRUN_SIGNAL = getattr(signal, "SIGVTALRM", 0)
"""What ends a judge whose test cannot be interrupted; 0 where there is no such signal."""
_MOST_BYTES = 4096


def note_progress(descriptor: int, test: str) -> None:
    """Write down a test's id. On a full disk nothing is noted, and the judge's end counts as a fault."""
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, test.encode()[:_MOST_BYTES] + b"\n", 0)


def read_progress(descriptor: int) -> str:
    """The id that was written last; empty where there is none."""
    return os.pread(descriptor, _MOST_BYTES + 1, 0).partition(b"\n")[0].decode(errors="replace")
