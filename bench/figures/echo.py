"""64 MB there and back: through a worker, and through nothing but a socket pair."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from types import TracebackType

import numpy as np
import torch

from grader.subjects.base import Call, Returned
from grader.subjects.worker import WorkerSubject

ECHO_BYTES = 64 * 2**20
_OPTIONS = (socket.SO_SNDBUF, socket.SO_RCVBUF)
_PEER = """
import socket, sys
import numpy as np
sock, size = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
while True:
    view, done = memoryview(np.empty(size, np.uint8)), 0
    while done < size:
        count = sock.recv_into(view[done:])
        if not count:
            sys.exit()
        done += count
    sock.sendall(view)
"""


class EchoPeer:
    """Another process that takes the bytes into a new buffer and sends them back. A context manager."""

    def __init__(self, ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
        """Use `like`."""
        self._socket = ours
        self._process = process
        self._data = np.random.default_rng(1).integers(0, 256, ECHO_BYTES, np.uint8)

    @classmethod
    def like(cls, model: socket.socket) -> EchoPeer:
        """With a socket pair of the same options as a worker's."""
        ours, theirs = socket.socketpair(model.family, model.type)
        for option in _OPTIONS:
            size = model.getsockopt(socket.SOL_SOCKET, option) // 2  # the kernel tells the double
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, option, size)
        with theirs:
            command = [sys.executable, "-c", _PEER, str(theirs.fileno()), str(ECHO_BYTES)]
            return cls(ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]))

    def seconds(self) -> float:
        """Wall time of one exchange, into a fresh buffer here too."""
        started = time.perf_counter()
        self._socket.sendall(memoryview(self._data))
        view, done = memoryview(np.empty(ECHO_BYTES, np.uint8)), 0
        while done < ECHO_BYTES:
            done += self._socket.recv_into(view[done:])
        return time.perf_counter() - started

    def __enter__(self) -> EchoPeer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()


def echo_seconds(worker: WorkerSubject, file: str) -> float:
    """Wall time of a call `echo(x)` with 64 MB, checked to have come back whole."""
    sent = torch.rand(ECHO_BYTES // 8, dtype=torch.float64)
    call = Call(target="echo", file=file, args=[sent], seed=1, seconds=30)
    started = time.perf_counter()
    answer = worker.answer(call)
    taken = time.perf_counter() - started
    if not isinstance(answer, Returned) or not torch.equal(answer.value, sent):
        raise RuntimeError(f"the echo did not come back: {answer}")
    return taken
