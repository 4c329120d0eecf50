"""Frames that no worker sends: random, mutated, truncated, slow, huge; and a judge's end that reads them."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from figures.fuzzing import Read
from grader.wire.channel import Channel, ChannelError
from grader.wire.codec import Bounds, NotPlainData, pack, unpack

KINDS = ("random", "mutated", "truncated", "slow", "huge", "honest")
MOST_BYTES = 2**16
BOUNDS = Bounds(bytes=MOST_BYTES)
READ_S = 0.05
"""How long a whole frame may take."""
_PREFIX = struct.Struct("!4sIIQ")
_VALUES = (
    [1, 2.5, "text", None, True, 10**30, b"bytes", 1j],
    {"a": torch.arange(6).reshape(2, 3), "b": (torch.float64, {1, 2})},
    [[[[torch.zeros(3)]]], {"deep": {"deeper": [{}]}}],
)


def frame(kind: str, chance: random.Random) -> bytes:
    """The bytes of a frame of a kind."""
    if kind == "random":
        return chance.randbytes(chance.choice((0, 3, 20, 200)))
    if kind == "huge":
        sizes = [
            chance.choice((0, 5, 2**20, 2**32 - 1)),
            chance.choice((0, 9, 10**6)),
            2 ** chance.randrange(64),
        ]
        return _PREFIX.pack(b"tgf1", *sizes) + chance.randbytes(64)
    data = bytearray(_honest(chance))
    if kind == "mutated":
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    if kind == "truncated":
        del data[chance.randrange(len(data)) :]
    return bytes(data)


def _honest(chance: random.Random) -> bytes:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        tree, buffers = pack(chance.choice(_VALUES), BOUNDS)
        Channel(theirs).send({"value": tree}, buffers)
        theirs.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: ours.recv(2**16), b""))


def read(data: bytes, *, slowly: bool = False) -> Read:
    """Read a frame as the judge does. Raises whatever the border does not expect: a finding."""
    ours, theirs = socket.socketpair()
    began = time.monotonic()
    with ours, _sending(theirs, data, slowly=slowly):
        try:
            reply, buffers = Channel(ours, max_bytes=MOST_BYTES, max_header=MOST_BYTES).receive(READ_S)
            if isinstance(reply, dict) and "value" in reply:
                unpack(reply["value"], buffers, BOUNDS)
            what = "value"
        except (ChannelError, NotPlainData) as error:
            what = type(error).__name__
    return Read(what, time.monotonic() - began)


@contextmanager
def _sending(sock: socket.socket, data: bytes, *, slowly: bool) -> Iterator[None]:
    """Send and close; slowly: byte by byte, until the reader has had enough."""
    if not slowly:
        with sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            yield
        return
    stop = threading.Event()

    def drip() -> None:
        for byte in data:
            if stop.wait(READ_S / 20):
                return
            try:
                os.write(sock.fileno(), bytes([byte]))
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sock.close()
