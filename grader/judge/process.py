"""A judge process as its scheduler sees it. Imports no torch: the child does."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys

import msgspec

from grader.judge.messages import decode, encode_submission
from grader.model.errors import GraderError, HarnessFault
from grader.model.orders import Order, Ready, Submission
from grader.model.results import Result
from grader.wire.channel import Channel, ChannelError

_MAX_BYTES = 2**30
_STOP_S = 10.0


class JudgeProcess:
    """One `python -m grader.judge.main`, with a socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    def start(cls, order: Order) -> JudgeProcess:
        """Start a judge; returns at once. Its first message is Ready, or the error that prevents it."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "grader.judge.main", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the scheduler's to handle
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        judge = cls(process, Channel(ours, max_bytes=_MAX_BYTES))
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
            raise HarnessFault(self._obituary()) from None

    def receive(self, timeout_s: float | None = None) -> Ready | Result:
        """The next message. Raises the GraderError that the judge reports, HarnessFault if it died."""
        try:
            data, _ = self._channel.receive(timeout_s)
        except ChannelError:
            raise HarnessFault(self._obituary()) from None
        message = decode(data)
        if isinstance(message, GraderError):
            raise message
        return message

    def _obituary(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        if code is None:
            return "the judge process does not answer"
        return f"the judge process ended ({f'signal {-code}' if code < 0 else f'exit code {code}'})"

    def close(self) -> None:
        """Let it end by itself, and make sure that it does."""
        self._channel.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once; its fork server and workers die with it."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
