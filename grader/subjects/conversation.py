"""Asking a worker and waiting for its answer, with every way in which it may fail to give one.

While it waits, the judge drains what the worker prints, so that a flood neither blocks the worker's
reply nor fills anything; over the limit the worker is ended.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from grader.model.errors import HarnessFault
from grader.model.outcomes import Outcome
from grader.subjects.base import Ended
from grader.subjects.stacks import MAX_BYTES, frames_of
from grader.subjects.wording import bad_reply
from grader.wire.channel import Buffer, Channel, ChannelClosed, DeadlineExceeded, ProtocolError

_CHUNK = 65536
_HEADROOM_BYTES = 2**20  # of a frame, beside the reply's data
_TREE_BYTES = 2**24  # of a reply, beside tensors and arrays: decoded, it takes up to sixty times as much
_STACK_S = 0.2
_STACK_GOES_ON_S = 0.05
"""A stack is written in pieces, and the worker may wait for a processor between two of them."""


class Process(Protocol):
    """What a conversation needs of a worker process (`grader.sandbox.server.WorkerProcess`)."""

    socket: Any
    output: int

    def kill(self) -> None:
        """End it and everything it started."""

    def tell_where(self) -> None:
        """Have it write to its output where it is (`grader.worker.stacks`), if its code lets it."""

    def exit_status(self, timeout_s: float) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None where unknown."""

    def loss(self) -> str:
        """Why it ended by nothing that its code did; empty where nothing says so."""

    def cpu_seconds(self) -> float:
        """CPU time that the kernel accounts to it."""

    def waited_seconds(self) -> float:
        """How long it has waited for a processor that was busy with others."""

    def rss_bytes(self) -> int:
        """Resident memory."""

    def pin(self, cpu: int | None) -> None:
        """Keep it on one processor, or with None on none in particular."""

    def pause(self) -> None:
        """Stop it, so that it uses no CPU."""

    def resume(self) -> None:
        """Undo `pause`."""


class Conversation:
    """One worker's socket and output. After an Ended answer the worker is gone."""

    def __init__(
        self,
        process: Process,
        *,
        files: Mapping[str, bytes],
        reply_bytes: int,
        output_bytes: int,
        over: Mapping[int, Ended],
    ) -> None:
        """`files` are its own, `over` has what each status means with which its stub ends it for a limit."""
        self.process = process
        self._files = files
        self._over = over
        self._channel = Channel(
            process.socket, max_bytes=reply_bytes + _HEADROOM_BYTES, max_header=_TREE_BYTES
        )
        self._output_bytes = output_bytes

    def ask(
        self, message: dict[str, Any], buffers: Sequence[Buffer], seconds: float, slow: str
    ) -> tuple[dict[str, Any], list[Buffer]] | Ended:
        """Send a request and wait for its reply. `slow` is the sentence for one that takes too long.

        Raises HarnessFault where the worker is gone by no doing of its code.
        """
        deadline = time.monotonic() + seconds
        if self._has_spoken():
            return self._end(bad_reply("it sent a reply that nothing asked for"))
        try:
            self._channel.send(message, buffers, timeout_s=seconds)
            flood = self._wait(deadline)
            if flood:
                return self._end(flood)
            reply, attached = self._channel.receive(max(deadline - time.monotonic(), 1e-3))
        except DeadlineExceeded:
            frames = frames_of(self._stack(), self._files)
            return self._end(Ended(outcome=Outcome.TIMEOUT, message=slow, frames=frames))
        except ProtocolError as error:
            return self._end(bad_reply(str(error)))
        except ChannelClosed:
            return self._end(self._death())
        if self._drain() > self._output_bytes:
            return self._end(self._flood())
        return (reply, attached) if isinstance(reply, dict) else self._end(bad_reply("not a reply"))

    def _has_spoken(self) -> bool:
        """Whether something waits to be read although nothing was asked; the end of the stream is nothing."""
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        if not poll.poll(0):
            return False
        with contextlib.suppress(OSError):
            return bool(self.process.socket.recv(1, socket.MSG_PEEK))
        return False

    def _wait(self, deadline: float) -> Ended | None:
        """Until the reply begins. Raises DeadlineExceeded."""
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        poll.register(self.process.output, select.POLLIN)
        printed = 0
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise DeadlineExceeded
            ready = dict(poll.poll(remaining * 1000))
            if self._channel.fileno() in ready:
                return None
            if self.process.output in ready:
                count = self._drain()
                printed += count
                if printed > self._output_bytes:
                    return self._flood()
                if not count:  # the worker closed its output; go on without it
                    poll.unregister(self.process.output)

    def _drain(self) -> int:
        """Read and drop what was printed, up to a little over the limit; the number of bytes."""
        total = 0
        while total <= self._output_bytes:
            try:
                chunk = os.read(self.process.output, _CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                break
            total += len(chunk)
        return total

    def _stack(self) -> bytes:
        """What the worker writes when it is to tell where it is, within a moment."""
        self._drain()
        self.process.tell_where()
        poll = select.poll()
        poll.register(self.process.output, select.POLLIN)
        written, patience_s = b"", _STACK_S
        deadline = time.monotonic() + _STACK_S  # for all of it: who writes it may be the student's own code
        while len(written) < MAX_BYTES and time.monotonic() < deadline and poll.poll(patience_s * 1000):
            chunk = os.read(self.process.output, _CHUNK)
            if not chunk:
                break
            written, patience_s = written + chunk, _STACK_GOES_ON_S
        return written

    def _flood(self) -> Ended:
        limit = self._output_bytes // 1024
        return Ended(outcome=Outcome.OUTPUT_LIMIT, message=f"it printed more than the limit of {limit} KiB")

    def _death(self) -> Ended:
        status = self.process.exit_status(1.0)
        if status is not None and status in self._over:
            return self._over[status]
        if why := self.process.loss():
            self.close()
            raise HarnessFault(f"a worker was lost: {why}")
        return Ended(outcome=Outcome.CRASHED, message=f"the program {_how(status)} before it returned")

    def _end(self, ended: Ended) -> Ended:
        self.close()
        return ended

    def close(self) -> None:
        """End the worker. Harmless when it is gone already."""
        self.process.cpu_seconds()  # which stays known afterwards
        self.process.kill()


def _how(status: int | None) -> str:
    if status is None:
        return "ended"
    if status >= 0:
        return f"exited with code {status}"
    try:
        return f"was ended by the signal {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
