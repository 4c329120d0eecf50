"""Frames over a real socket: whole ones arrive, everything else ends in one of three errors."""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire.channel import Channel, ChannelClosed, ChannelError, DeadlineExceeded, ProtocolError

Pair = tuple[Channel, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours, max_bytes=2**20), theirs


def frame(header: bytes, *buffers: bytes, magic: bytes = b"tgf1", total: int | None = None) -> bytes:
    size = sum(map(len, buffers)) if total is None else total
    lengths = struct.pack(f"!{len(buffers)}Q", *map(len, buffers))
    return (
        struct.pack("!4sIIQ", magic, len(header), len(buffers), size) + lengths + header + b"".join(buffers)
    )


def test_a_frame_arrives_whole(pair: Pair) -> None:
    channel, peer = pair
    sender = Channel(peer)
    tensor = memoryview(torch.arange(1000).view(torch.uint8).numpy())
    thread = threading.Thread(target=sender.send, args=({"a": [1, "é"]}, [tensor, b"", b"x"]))
    thread.start()
    message, buffers = channel.receive(5)
    thread.join()
    assert message == {"a": [1, "é"]}
    assert [bytes(one) for one in buffers] == [bytes(tensor), b"", b"x"]


def test_more_buffers_than_one_system_call_takes_arrive(pair: Pair) -> None:
    channel, peer = pair
    sent = [bytes([n % 256]) * (n % 3) for n in range(3000)]
    thread = threading.Thread(target=Channel(peer).send, args=(None, sent))
    thread.start()
    assert [bytes(one) for one in channel.receive(5)[1]] == sent
    thread.join()


@given(st.binary(max_size=200), st.booleans())
@settings(deadline=None, max_examples=200)
def test_random_bytes_are_a_frame_or_an_error(data: bytes, with_magic: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((b"tgf1" if with_magic else b"") + data)
        theirs.close()
        with contextlib.suppress(ChannelError):
            Channel(ours, max_bytes=2**20).receive(1)


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=200)
def test_a_random_header_is_decoded_or_refused(header: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frame(header))
        with contextlib.suppress(ProtocolError):
            Channel(ours).receive(1)


@pytest.mark.parametrize("cut", [0, 1, 4, 19, 20, 27, 28, 30])
def test_a_truncated_frame_is_a_closed_channel(pair: Pair, cut: int) -> None:
    channel, peer = pair
    peer.sendall(frame(msgspec.msgpack.encode([1, 2]), b"data")[:cut])
    peer.close()
    with pytest.raises(ChannelClosed):
        channel.receive(1)


@pytest.mark.parametrize(
    "data",
    [
        frame(b"\xc0", magic=b"HTTP"),
        struct.pack("!4sIIQ", b"tgf1", 1, 0, 2**63),
        struct.pack("!4sIIQ", b"tgf1", 2**32 - 1, 0, 0),
        struct.pack("!4sIIQ", b"tgf1", 1, 2**32 - 1, 0),
        frame(b"\xc0", b"abcd", total=5),
        frame(b"\xa4\xff\xff\xff\xff"),
        frame(b"\x91" * 100_000 + b"\xc0"),
        frame(b""),
        frame(b"\xc0\xc0"),
    ],
)
def test_what_is_not_a_frame_is_refused_without_reading_on(pair: Pair, data: bytes) -> None:
    channel, peer = pair
    peer.sendall(data)
    began = time.monotonic()
    with pytest.raises(ProtocolError):
        channel.receive(5)
    assert time.monotonic() - began < 1


def test_lengths_are_refused_before_memory_is_taken() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!4sIIQ", b"tgf1", 0, 1, 2**40) + struct.pack("!Q", 2**40))
        with pytest.raises(ProtocolError, match="more than 256 MiB"):
            Channel(ours).receive(1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_header_of_millions_of_empty_lists_is_refused_by_its_length(pair: Pair) -> None:
    _, peer = pair
    channel = Channel(pair[0].socket, max_header=1000)
    header = b"\xdd" + struct.pack("!I", 2000) + b"\x90" * 2000
    peer.sendall(frame(header))
    with pytest.raises(ProtocolError, match="beside tensors and arrays"):
        channel.receive(1)


def test_the_deadline_covers_the_whole_frame_of_a_peer_that_drips(pair: Pair) -> None:
    channel, peer = pair
    data = frame(msgspec.msgpack.encode("x" * 500))
    stop = threading.Event()

    def drip() -> None:
        for byte in data:
            if stop.wait(0.02):
                return
            peer.send(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        channel.receive(0.3)
    assert time.monotonic() - began < 1
    stop.set()
    thread.join()


def test_a_peer_that_reads_slowly_does_not_stretch_the_deadline_of_sending(pair: Pair) -> None:
    channel, peer = pair
    stop = threading.Event()

    def sip() -> None:
        while not stop.wait(0.05):
            peer.recv(60_000)

    thread = threading.Thread(target=sip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        channel.send(None, [bytes(64 * 2**20)], timeout_s=0.4)
    assert time.monotonic() - began < 1.5
    stop.set()
    thread.join()


def test_a_second_frame_stays_for_the_next_read(pair: Pair) -> None:
    channel, peer = pair
    peer.sendall(frame(b"\x01") + frame(b"\x02"))
    assert [channel.receive(1)[0], channel.receive(1)[0]] == [1, 2]


def test_sending_to_a_closed_peer_tells_so(pair: Pair) -> None:
    channel, peer = pair
    peer.close()
    with pytest.raises(ChannelClosed):
        channel.send("hello")
