"""Frames of (message, buffers) over a stream socket, with limits and one deadline for the exchange.

A frame is: magic, header length, number of buffers, the buffers' lengths, the header (msgpack), the
buffers. All lengths are checked against the limits before anything is allocated or read, and the
deadline covers the whole frame, so that a peer that drips bytes gains nothing.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

MAGIC = b"tgf1"
Buffer = memoryview | bytes | bytearray
_PREFIX = struct.Struct("!4sIIQ")
_TIMEVAL = struct.Struct("@ll")
_MAX_BUFFERS = 100_000
_IOV = 512  # well under every platform's IOV_MAX


class ChannelError(Exception):
    """Base of what can go wrong on a channel."""


class ChannelClosed(ChannelError):
    """The peer closed its end, or died."""


class ProtocolError(ChannelError):
    """The peer sent something that is not a frame, or one over the limits."""


class DeadlineExceeded(ChannelError):
    """The frame was not complete in time."""


class Channel:
    """One end of a framed conversation. Not safe for use by several threads."""

    def __init__(
        self, sock: socket.socket, *, max_bytes: int = 256 * 2**20, max_header: int | None = None
    ) -> None:
        """`max_header` limits what is decoded: a byte of it can become an object of sixty."""
        self.socket = sock
        self.max_bytes = max_bytes
        self.max_header = max_bytes if max_header is None else max_header
        self._limited = False

    def fileno(self) -> int:
        """The socket's descriptor, for selectors."""
        return self.socket.fileno()

    def send(self, message: Any, buffers: Sequence[Buffer] = (), *, timeout_s: float | None = None) -> None:
        """Send one frame. Raises ChannelClosed or DeadlineExceeded."""
        header = msgspec.msgpack.encode(message)
        lengths = struct.pack(f"!{len(buffers)}Q", *(len(buffer) for buffer in buffers))
        total = sum(len(buffer) for buffer in buffers)
        prefix = _PREFIX.pack(MAGIC, len(header), len(buffers), total)
        try:
            self._send_all([prefix + lengths + header, *buffers], _deadline(timeout_s))
        except TimeoutError:
            raise DeadlineExceeded("the peer does not read") from None
        except OSError as error:
            raise ChannelClosed(str(error)) from None

    def _send_all(self, parts: list[Buffer], deadline: float | None) -> None:
        views = [memoryview(part).cast("B") for part in parts if len(part)]
        while views:
            self.socket.settimeout(None if deadline is None else _remaining(deadline))
            sent = self.socket.sendmsg(views[:_IOV])
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def receive(self, timeout_s: float | None = None) -> tuple[Any, list[Buffer]]:
        """Receive one frame. Raises ChannelClosed, ProtocolError or DeadlineExceeded."""
        deadline = _deadline(timeout_s)
        magic, header_size, count, total = _PREFIX.unpack(self._read(_PREFIX.size, deadline))
        if magic != MAGIC:
            raise ProtocolError("not a frame")
        self._check_sizes(header_size, count, total)
        rest = memoryview(self._read(8 * count + header_size, deadline))
        lengths = struct.unpack_from(f"!{count}Q", rest)
        if sum(lengths) != total:
            raise ProtocolError("lengths that do not add up")
        message = _decode(rest[8 * count :])
        return message, [self._read(length, deadline) for length in lengths]

    def _check_sizes(self, header: int, buffers: int, total: int) -> None:
        if header + total > self.max_bytes:
            raise ProtocolError(f"a reply of more than {self.max_bytes // 2**20} MiB")
        if header > self.max_header:
            raise ProtocolError(
                f"a reply of more than {self.max_header // 2**20} MiB beside tensors and arrays"
            )
        if buffers > _MAX_BUFFERS:
            raise ProtocolError(f"a reply of more than {_MAX_BUFFERS:,} tensors and arrays")

    def _read(self, size: int, deadline: float | None) -> Buffer:
        if size == 0:
            return b""
        # numpy leaves the memory untouched; a bytearray would write zeros over all of it first.
        view = memoryview(np.empty(size, np.uint8))  # type: ignore[arg-type]  # numpy arrays are buffers
        done = 0
        self.socket.settimeout(None)  # the kernel keeps the time: see _limit
        while done < size:
            done += self._read_some(view[done:], deadline)
        return view

    def _read_some(self, view: memoryview, deadline: float | None) -> int:
        """All of it, in one system call that waits no longer than the deadline; less if it is interrupted."""
        self._limit(None if deadline is None else _remaining(deadline))
        try:
            count = self.socket.recv_into(view, 0, socket.MSG_WAITALL)
        except BlockingIOError:
            raise DeadlineExceeded("no complete reply in time") from None
        except OSError as error:
            raise ChannelClosed(str(error)) from None
        if count == 0:
            raise ChannelClosed("the other end is closed")
        return count

    def _limit(self, seconds: float | None) -> None:
        """How long the kernel waits in all for what a receiving call asks for."""
        if seconds is not None or self._limited:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))
        self._limited = seconds is not None

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def _deadline(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise DeadlineExceeded("the exchange was not complete in time")
    return remaining


def _timeval(seconds: float | None) -> bytes:
    """The kernel's form of a time limit, in which zero is none."""
    microseconds = 0 if seconds is None else max(1, int(seconds * 1e6))
    return _TIMEVAL.pack(*divmod(microseconds, 1_000_000))


def _decode(header: Buffer) -> Any:
    try:
        return msgspec.msgpack.decode(header)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise ProtocolError(f"not readable: {type(error).__name__}") from None
