"""The student's module in this process: what a plain `pytest` run uses, so that pdb works.

Values pass through the same plain-data conversion as in a worker, so that a test gives the same
verdict in both places. Everything here runs on Linux, macOS and Windows.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any

from grader.model.outcomes import Outcome
from grader.subjects.base import Answer, Call, Ended, Raised, Returned
from grader.subjects.records import read_record
from grader.subjects.wording import (
    OOM_MESSAGE,
    bad_reply,
    import_failure,
    raised_from,
    slow_call,
    slow_import,
)
from grader.wire.codec import NotPlainData, pack, plain
from grader.worker.calls import NameMissing, invoke, reset
from grader.worker.leaves import leaves_of, require_grad
from grader.worker.loader import CannotLoad, HandIns
from grader.worker.raised import describe, is_out_of_memory
from grader.worker.recording import recorder
from grader.worker.sources import survey
from grader.worker.unchanged import Kept


class TimeIsUp(BaseException):
    """Raised inside a call that runs too long. Not an Exception, so that few student handlers catch it."""


class LocalSubject:
    """One student's files, called in this process."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        shown_as: Mapping[str, str],
        *,
        import_s: float,
        timed: bool = True,
    ) -> None:
        """`timed` is False under a debugger, where a person thinks longer than any limit."""
        self._hand_ins = HandIns(files, shown_as)
        self._import_s = import_s
        self._timed = timed
        self._loaded: dict[str, Any] = {}
        self._failed: dict[str, Ended] = {}

    def answer(self, call: Call) -> Answer:
        """Answer one call, on copies of its inputs."""
        if call.survey:
            return self._surveyed(call)
        module = self._module(call)
        if isinstance(module, Ended):
            return module
        answer: Answer = self._guarded(call.seconds, lambda: self._invoke(module, call), slow_call(call))
        return answer

    def _invoke(self, module: Any, call: Call) -> Answer:
        args, kwargs = plain(list(call.args)), plain(dict(call.kwargs))
        require_grad([args, kwargs], leaves_of([call.args, call.kwargs]))
        reset(call.seed)
        own_files = self._hand_ins.shown_as.values()
        seen, around = recorder(call.record, own_files, probe=not isinstance(call.target, str))
        if seen is None:
            value, record = plain(invoke(module, call.target, args, kwargs)), None
        else:
            args, kwargs = seen.moved(args), seen.moved(kwargs)
            value = plain(seen.result(invoke(module, call.target, args, kwargs, around), module))
            record = read_record(seen.record())
        if call.record is not None and call.record.device:
            return Returned(value=value, record=record)
        after = [*args, *kwargs.values()]
        changed = Kept(*pack(call.inputs)).differ_from(*pack(after))
        return Returned(value=value, inputs_after=plain(after) if changed else None, record=record)

    def _surveyed(self, call: Call) -> Answer:
        """Parsed before the file is imported, unless an earlier test has asked for its functions."""
        answer: Answer = self._guarded(
            self._import_s,
            lambda: Returned(value=survey(self._hand_ins, None)),
            slow_import(call.file, self._import_s),
        )
        return answer

    def _module(self, call: Call) -> Any:
        if call.file in self._failed:
            return self._failed[call.file]
        if call.file not in self._loaded:
            reset(call.seed)
            message = slow_import(call.file, self._import_s)
            loaded = self._guarded(self._import_s, lambda: self._hand_ins.load(call.file), message)
            if isinstance(loaded, Raised):
                loaded = import_failure(call.file, loaded)
            if isinstance(loaded, Ended):
                self._failed[call.file] = loaded
                return loaded
            self._loaded[call.file] = loaded
        return self._loaded[call.file]

    def _guarded(self, seconds: float, work: Callable[[], Any], time_message: str) -> Any:
        try:
            with self._hand_ins.active(), _alarm(seconds) if self._timed else nullcontext():
                return work()
        except TimeIsUp:
            return Ended(outcome=Outcome.TIMEOUT, message=time_message)
        except (NameMissing, CannotLoad) as error:
            return Ended(outcome=Outcome.MISSING, message=str(error))
        except NotPlainData as error:
            return bad_reply(str(error))
        except BaseException as error:
            if _ends_the_run(error):
                raise
            if is_out_of_memory(error):
                return Ended(outcome=Outcome.OOM, message=OOM_MESSAGE)
            return raised_from(describe(error, self._hand_ins.shown_as.values()), error)

    def cpu_seconds(self) -> float | None:
        """Not measured here: the process is not the student's alone."""
        return None

    def close(self) -> None:
        """Nothing is held between calls."""


def _ends_the_run(error: BaseException) -> bool:
    """Ctrl-C, and `quit` at the prompt of pytest's debugger: the person at the keyboard wants out."""
    kind = type(error)
    return isinstance(error, KeyboardInterrupt) or (kind.__module__, kind.__name__) == (
        "_pytest.outcomes",
        "Exit",
    )


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in this thread after so many seconds."""
    on_main = threading.current_thread() is threading.main_thread()
    with _signal_alarm(seconds) if hasattr(signal, "SIGALRM") and on_main else _thread_alarm(seconds):
        yield


@contextmanager
def _signal_alarm(seconds: float) -> Iterator[None]:
    def ring(_number: int, frame: FrameType | None) -> None:
        if not _is_debugging(frame):
            raise TimeIsUp
        signal.setitimer(signal.ITIMER_REAL, 0)  # from a prompt on, time no longer counts

    previous = signal.signal(signal.SIGALRM, ring)
    # The interval rings again, should a handler in the student's code have swallowed the first.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
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
