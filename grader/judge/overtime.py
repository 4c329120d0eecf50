"""How long a test itself may work on what a student returned, and with how much memory.

A loop over `range(value)`, a list of so many items: what a test does is right for the reference's values,
and may take for ever with a student's. What is counted is the judge's own CPU time, so that waiting for
workers, and a machine that is busy with others, take nothing away from a slow comparison.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_CALLS = 10
_LEAST_S = 3.0
_REPLIES = 16
_LEAST_MB = 4096
_MB = 2**20


class Overtime(BaseException):
    """Raised inside a test that works too long. Not an Exception, so that a test's handlers let it pass."""


def most_seconds(call_s: float) -> float:
    """CPU seconds for one test or fixture: many times what a call may take."""
    return max(_LEAST_S, _CALLS * call_s)


@contextmanager
def bounded(seconds: float, reply_mb: int) -> Iterator[None]:
    """Raise Overtime in this thread after so many CPU seconds, and MemoryError for many times a reply.

    Work inside a single call of C is not interrupted; at twice the time the kernel ends this process,
    which the scheduler survives. Nothing is bounded where the platform cannot, or outside the main thread.
    """
    on_main = threading.current_thread() is threading.main_thread()
    if not on_main or not hasattr(signal, "ITIMER_PROF"):
        yield
        return
    previous = signal.signal(signal.SIGPROF, _ring)
    # The interval rings again, should a handler in the test have swallowed the first.
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds / 10)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * seconds)  # whose signal nobody handles: it ends the process
    try:
        with _memory(max(_LEAST_MB, _REPLIES * reply_mb)):
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise Overtime


@contextmanager
def _memory(room_mb: int) -> Iterator[None]:
    """Let this process's data grow by so much and no more, where the kernel counts it."""
    if sys.platform != "linux":
        yield
        return
    import resource

    before, ceiling = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_bytes().split()[5])
    wanted = pages * resource.getpagesize() + room_mb * _MB
    limits = [limit for limit in (wanted, before, ceiling) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), ceiling))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, ceiling))
