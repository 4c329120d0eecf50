"""A judge process as its scheduler sees it. Imports no torch: the child does."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from typing import IO

import msgspec

from grader.judge.messages import decode, encode_submission
from grader.judge.progress import OVERRUN_SIGNAL, read_progress
from grader.model.errors import GraderError, HarnessFault, Overran
from grader.model.orders import Order, Ready, Submission
from grader.model.results import Result
from grader.wire.channel import Channel, ChannelError

_MAX_BYTES = 2**30
_STOP_S = 10.0
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""There are as many judges as cores, and small comparisons on two threads take ten times as long where the
cores have work already: the threads wait for each other, spinning."""


class JudgeProcess:
    """One `python -m grader.judge.main`, with a socket to it."""

    def __init__(
        self, process: subprocess.Popen[bytes], channel: Channel, progress: IO[bytes] | None = None
    ) -> None:
        """`progress` is the file in which the judge notes the test that it is at."""
        self._process = process
        self._channel = channel
        self._progress = progress

    @classmethod
    def start(cls, order: Order) -> JudgeProcess:
        """Start a judge; returns at once. Its first message is Ready, or the error that prevents it."""
        ours, theirs = socket.socketpair()
        progress = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the judge
        with theirs:
            descriptors = [theirs.fileno(), progress.fileno()]
            arguments = [str(theirs.fileno()), str(os.getpid()), str(progress.fileno())]
            process = subprocess.Popen(
                [sys.executable, "-m", "grader.judge.main", *arguments],
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the scheduler's to handle
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **_ONE_THREAD},
            )
        judge = cls(process, Channel(ours, max_bytes=_MAX_BYTES), progress)
        judge._send({"kind": "order", "value": msgspec.to_builtins(order)})
        return judge

    @property
    def pid(self) -> int:
        """The number of the judge's process."""
        return self._process.pid

    def fileno(self) -> int:
        """Readable when a message waits, or when the judge has died."""
        return self._channel.fileno()

    def submit(self, submission: Submission) -> None:
        """Hand out a submission; its Result is the next message. Raises HarnessFault."""
        self._send({"kind": "submission", "value": encode_submission(submission)})

    def _send(self, message: object) -> None:
        try:
            self._channel.send(message)
        except ChannelError:
            raise self._obituary() from None

    def receive(self, timeout_s: float | None = None) -> Ready | Result:
        """The next message. Raises the GraderError that the judge reports, HarnessFault if it died."""
        try:
            data, _ = self._channel.receive(timeout_s)
        except ChannelError:
            raise self._obituary() from None
        message = decode(data)
        if isinstance(message, GraderError):
            raise message
        return message

    def _obituary(self) -> HarnessFault:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        if code is None:
            return HarnessFault("the judge process does not answer")
        how = f"the judge process ended ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
        if -code == OVERRUN_SIGNAL and self._progress is not None:
            return Overran(f"{how} in a test", read_progress(self._progress.fileno()))
        return HarnessFault(how)

    def close(self) -> None:
        """Let it end by itself, and make sure that it does."""
        self._let_go()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once; its fork server and workers die with it."""
        self._let_go()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _let_go(self) -> None:
        self._channel.close()
        if self._progress is not None:
            self._progress.close()
