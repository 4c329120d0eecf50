"""The confinement level, by what a canary worker could really do; not by what was asked for.

3 strong   the canary could do nothing
2 good     it sees that other processes exist
1 weak     it has a way out of a limit or to the network, but to no file and no other process
0          it reaches files or processes: protects against accidents only
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grader
from grader.model.errors import HarnessFault
from grader.model.names import ASSIGNMENTS, CONFIGURATION, SOLUTIONS
from grader.model.results import Isolation
from grader.sandbox.layers import WorkerLimits
from grader.sandbox.server import ForkServer
from grader.wire.channel import Channel, ChannelError
from grader.wire.codec import NotPlainData, pack, unpack

READS_FILES = "reads other files"
WRITES_FILES = "writes other files"
READS_COURSE = "reads assignments or solutions"
SIGNALS = "signals other processes"
TRACES = "traces other processes"
READS_ENVIRONMENT = "reads the environment of other processes"
TCP = "connects by TCP"
UDP = "sends UDP"
ABSTRACT = "connects to abstract sockets"
SEGMENTS = "reads shared memory of others"
CAPABILITIES = "holds capabilities"
MEMORY = "maps 64 GB"
PROCESSES = "starts 64 processes"
ROOT = "runs as root"
SEES = "sees other processes"

_TO_LEVEL_0 = frozenset({READS_FILES, WRITES_FILES, READS_COURSE, SIGNALS, TRACES, READS_ENVIRONMENT})
_STILL_GOOD = frozenset({SEES})
_HAND_IN = "canary.py"
_COURSE = (ASSIGNMENTS, SOLUTIONS, CONFIGURATION)
_TIMEOUT_S = 60.0
_PRIVATE_KEY, _REMOVE = 0, 0
_LIMITS = WorkerLimits(memory_mb=512, cpu_s=60)


def level_of(could: frozenset[str]) -> int:
    """The level of a worker that could do this."""
    if could & _TO_LEVEL_0:
        return 0
    if could - _STILL_GOOD:
        return 1
    return 2 if could else 3


def measure(server: ForkServer) -> Isolation:
    """Let a canary try, in a worker like any other. Raises IsolationError or HarnessFault."""
    worker = server.spawn(_LIMITS)
    try:
        with _bait() as bait:
            canary = _Canary(Channel(worker.socket))
            could = tuple(name for name, attempt in _ATTEMPTS.items() if attempt(canary, bait))
    except (ChannelError, NotPlainData, KeyError) as error:
        raise HarnessFault(f"the canary did not answer: {error!r}") from error
    finally:
        worker.kill()
    return Isolation(level=level_of(frozenset(could)), layers=server.plan.layers, could=could)


class _Canary:
    """The canary's functions, called by the protocol of every submission."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        source = Path(__file__).with_name(_HAND_IN).read_bytes()
        self._ask({"do": "files", "files": {_HAND_IN: source}, "reply_bytes": 2**20})
        self._ask({"do": "load", "file": _HAND_IN, "seed": 0})["names"]

    def _ask(self, message: dict[str, Any], buffers: Any = ()) -> dict[str, Any]:
        self._channel.send(message, buffers)
        reply, self._buffers = self._channel.receive(_TIMEOUT_S)
        if not isinstance(reply, dict):
            raise HarnessFault(f"the canary answered with {type(reply).__name__}")
        return reply

    def __call__(self, target: str, *arguments: Any) -> Any:
        tree, buffers = pack([list(arguments), {}])
        call = {"do": "call", "file": _HAND_IN, "target": target, "arguments": tree}
        reply = self._ask(call | {"leaves": [], "seed": 0, "echo": False}, buffers)
        if "value" not in reply:
            raise HarnessFault(f"the canary's {target} failed: {reply}")
        return unpack(reply["value"], self._buffers)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bait:
    """What the judge lays out for the canary, readable and writable for everybody."""

    word: str
    """What stands in the file and in the segment, and is the abstract socket's name."""
    file: Path
    course: tuple[str, ...]
    tcp: socket.socket
    udp: socket.socket
    segment: int


@contextlib.contextmanager
def _bait() -> Iterator[_Bait]:
    word = secrets.token_hex(16)
    folder = Path(tempfile.mkdtemp(prefix="torchgrade-bait-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        file = folder / "file"
        file.write_text(word)
        file.chmod(0o666)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.1)
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind("\0" + word)
        unix.listen()
        segment = stack.enter_context(_segment(word))
        yield _Bait(word=word, file=file, course=_course_paths(), tcp=tcp, udp=udp, segment=segment)


@contextlib.contextmanager
def _segment(word: str) -> Iterator[int]:
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    number: int = libc.shmget(_PRIVATE_KEY, ctypes.c_size_t(4096), 0o666)
    if number < 0:  # no such memory on this machine: nobody can reach it either
        yield number
        return
    try:
        address = ctypes.c_void_p(libc.shmat(number, None, 0))
        ctypes.memmove(address, word.encode() + b"\0", len(word) + 1)
        libc.shmdt(address)
        yield number
    finally:
        libc.shmctl(number, _REMOVE, None)


def _course_paths() -> tuple[str, ...]:
    """Where a course lies in practice: here, and beside this package when it is installed editable."""
    roots = dict.fromkeys([Path.cwd(), Path(grader.__file__).resolve().parent.parent])
    return tuple(str(root / name) for root in roots for name in _COURSE)


def _writes(canary: _Canary, bait: _Bait) -> bool:
    canary("write", str(bait.file), "changed")
    return bait.file.read_text() != bait.word


def _reads_course(canary: _Canary, bait: _Bait) -> bool:
    return any(canary("read", path) is not None for path in bait.course)


def _udp(canary: _Canary, bait: _Bait) -> bool:
    canary("send_udp", bait.udp.getsockname()[1], bait.word)
    with contextlib.suppress(TimeoutError):
        return bait.udp.recv(100) == bait.word.encode()
    return False


def _reaches(function: str) -> Callable[[_Canary, _Bait], bool]:
    def attempt(canary: _Canary, _: _Bait) -> bool:
        return bool(canary(function, sorted({os.getpid(), *canary("other_processes")})))

    return attempt


_ATTEMPTS: dict[str, Callable[[_Canary, _Bait], bool]] = {
    READS_FILES: lambda canary, bait: canary("read", str(bait.file)) == bait.word,
    WRITES_FILES: _writes,
    READS_COURSE: _reads_course,
    SIGNALS: _reaches("signalled"),
    TRACES: _reaches("traced"),
    READS_ENVIRONMENT: _reaches("environments"),
    TCP: lambda canary, bait: bool(canary("connect_tcp", bait.tcp.getsockname()[1])),
    UDP: _udp,
    ABSTRACT: lambda canary, bait: bool(canary("connect_abstract", bait.word)),
    SEGMENTS: lambda canary, bait: canary("read_segment", bait.segment) == bait.word,
    CAPABILITIES: lambda canary, _: bool(canary("holds_capabilities")),
    MEMORY: lambda canary, _: bool(canary("map_memory", 64)),
    PROCESSES: lambda canary, _: canary("start_processes", 64) == 64,
    ROOT: lambda canary, _: bool(canary("is_root")),
    SEES: lambda canary, _: bool(canary("other_processes")),
}
