"""The time limit of a call in this process: an exception after so many seconds."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUp(BaseException):
    """Raised inside a call that runs too long. Not an Exception, so that few student handlers catch it."""


@contextmanager
def alarm(seconds: float, own_files: Collection[str] = ()) -> Iterator[None]:
    """Raise TimeIsUp in this thread after so many seconds.

    Where there are signals, time begins anew when it ends within the import of a library: torch loads
    parts of itself on first use, for seconds on a slow machine, and half of an import cannot be repeated.
    `own_files` are the student's, as tracebacks show them: importing these is what is timed.
    """
    on_main = threading.current_thread() is threading.main_thread()
    by_signal = hasattr(signal, "SIGALRM") and on_main
    with _signal_alarm(seconds, frozenset(own_files)) if by_signal else _thread_alarm(seconds):
        yield


@contextmanager
def _signal_alarm(seconds: float, own_files: frozenset[str]) -> Iterator[None]:
    def set_clock(first: float) -> None:
        # The interval rings again, should a handler in the student's code have swallowed the first.
        signal.setitimer(signal.ITIMER_REAL, first, 0.5)

    def ring(_number: int, frame: FrameType | None) -> None:
        if _is_debugging(frame):
            signal.setitimer(signal.ITIMER_REAL, 0)  # from a prompt on, time no longer counts
        elif _is_importing_a_library(frame, own_files):
            set_clock(seconds)
        else:
            raise TimeIsUp

    previous = signal.signal(signal.SIGALRM, ring)
    set_clock(seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _is_debugging(frame: FrameType | None) -> bool:
    """Whether a debugger's prompt is open somewhere up the stack."""
    while frame is not None:
        if frame.f_globals.get("__name__") in ("pdb", "bdb", "cmd"):
            return True
        frame = frame.f_back
    return False


def _is_importing_a_library(frame: FrameType | None, own_files: frozenset[str]) -> bool:
    """Whether an import goes on further in than any code of the student's."""
    while frame is not None and frame.f_code.co_filename not in own_files:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


@contextmanager
def _thread_alarm(seconds: float) -> Iterator[None]:
    """Where there are no signals: an exception set in this thread from another (CPython only)."""
    target = ctypes.c_ulong(threading.get_ident())
    timer = threading.Timer(
        seconds, lambda: ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(TimeIsUp))
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
