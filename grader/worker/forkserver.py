"""Forks workers from a process that has torch imported and warm.

The fork server holds no secret and never sees a submission. For each worker it forks a *stub* (the
first process of the worker's namespaces), which forks the *worker* and tells how it ended. How a
process is confined is not known here: it comes as a `Confinement`.

What a starting worker says on its socket, one byte each, so that the kernel's note of who sent it
names the processes to the judge before any student code runs:

  stub    STUB, waits for a byte (the judge holds its pidfd now)
  worker  BORN, confines itself, waits for a byte, READY; then the socket is the protocol's
  either  FAILED and a sentence, and ends: a layer did not apply (FAULT: the machine's fault)
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol, TextIO

from grader.model.errors import HarnessFault, IsolationError
from grader.worker import notebooks, pages

STUB, BORN, READY, FAILED, FAULT = b"S", b"B", b"R", b"F", b"M"
STATUS = struct.Struct("=id")
"""How the stub reports the worker's end: negative for a signal, else the exit code or one of those that no
program can have; and the CPU seconds of the worker and all that was reaped with it."""
OVER_MEMORY, OVER_FILES = 1001, 1002
"""The stub ended the worker, which held too much memory in all its processes, or too many files."""
_LOOK_S = 0.05
_SHARE_OF_LOOKING = 0.1
_REQUEST_BYTES = 4096
_SOCKET_FD = 3
_ENDS = frozenset({signal.SIGCHLD})

Request = dict[str, Any]
Serve = Callable[[socket.socket], None]


class Confinement(Protocol):
    """What stands around a worker. Each method raises IsolationError naming the layer that failed."""

    def fork(self, request: Request) -> int:
        """Fork a stub into the worker's namespaces."""

    def enclose(self, request: Request) -> None:
        """In the stub: what the worker and all its processes share."""

    def confine(self, request: Request) -> str:
        """In the worker: everything else. Gives the worker's home."""

    def watch(self, request: Request) -> Callable[[], int] | None:
        """In the stub: what to ask every now and then while the worker runs; None for nothing.

        It gives the status with which to end the worker, or 0.
        """

    def sweep(self, apart_from: frozenset[int] = frozenset()) -> None:
        """End all descendants of this process but these children and what is below them.

        In a process that ends a pid namespace with itself there is nothing to do.
        """


def warm_up(modules: Sequence[str] = ()) -> None:
    """Import and run once what every worker would else import and run itself (over a second)."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    probes = ("gradients", "structure", "graphs", "aliasing")  # also: before a student can change torch
    own = [f"grader.worker.{name}" for name in ("serving", *probes)]
    for name in ("cloudpickle", "torch.utils.data", "multiprocessing.queues", *own):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    for name in modules:
        importlib.import_module(name)
    notebooks.warm_up()  # else each notebook takes 300 ms and 30 MB; other submissions pay nothing for it
    _exercise(torch, np)
    gc.collect()
    gc.freeze()  # so that a collection in a worker does not touch, and thereby copy, these pages
    pages.gather()


def _exercise(torch: Any, np: Any) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.LayerNorm(4))
    optimizer = torch.optim.Adam(model.parameters())  # the first optimizer imports torch._dynamo
    torch.nn.functional.cross_entropy(model(torch.ones(2, 4)), torch.tensor([0, 1])).backward()
    optimizer.step()
    attention = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    attention(*[torch.ones(1, 3, 4)] * 3)
    torch.einsum("ij,jk->ik", torch.eye(2), torch.softmax(torch.ones(2, 2), -1) @ torch.eye(2))
    torch.testing.assert_close(torch.from_numpy(np.ones(2)), torch.ones(2, dtype=torch.float64))


class ForkServer:
    """Serves spawn requests from the control socket until that closes."""

    def __init__(self, control: socket.socket, confinement: Confinement, serve: Serve) -> None:
        self._control = control
        self._confinement = confinement
        self._serve = serve
        self._stubs: set[int] = set()

    def run(self) -> None:
        """Serve, then end all that is left. Returns only in the fork server itself."""
        signal.signal(signal.SIGCHLD, self._reap)
        signal.signal(signal.SIGTERM, lambda *_: self._control.shutdown(socket.SHUT_RDWR))
        while True:
            data, fds, _, _ = socket.recv_fds(self._control, _REQUEST_BYTES, 3)
            if not data:
                break
            request = json.loads(data)
            if request["do"] == "spawn":
                self._spawn(request, fds)
            else:
                self._confinement.sweep(frozenset(self._stubs))
                shutil.rmtree(request["home"], ignore_errors=True)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pid in self._stubs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._confinement.sweep()

    def _spawn(self, request: Request, fds: list[int]) -> None:
        # No reaping before the new stub is on the list: its number could belong to another by then.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
        try:
            pid = self._confinement.fork(request)
        except (IsolationError, HarnessFault) as error:
            _report(socket.socket(fileno=os.dup(fds[0])), error)
        else:
            if pid == 0:
                _as_stub(self._confinement, request, fds, self._serve)
            self._stubs.add(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
        for fd in fds:
            os.close(fd)

    def _reap(self, _number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self._stubs.discard(pid)


def _as_stub(confinement: Confinement, request: Request, fds: list[int], serve: Serve) -> None:
    """The stub's whole life; never returns."""
    try:
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
        sock, status = socket.socket(fileno=fds[0]), fds[2]
        sock.sendall(STUB)
        worker = _enclosed_fork(confinement, request, sock)
        if worker == 0:
            _as_worker(confinement, request, sock, fds[1], serve)
        sock.close()
        os.close(fds[1])
        os.write(status, STATUS.pack(*_wait_for(worker, confinement.watch(request))))
        os.close(status)
        confinement.sweep()
        os._exit(0)
    finally:
        os._exit(70)  # nothing may ever return into the fork server's loop


def _enclosed_fork(confinement: Confinement, request: Request, sock: socket.socket) -> int:
    try:
        confinement.enclose(request)
    except IsolationError as error:
        _report(sock, error)
        os._exit(70)
    _acknowledged(sock)
    return os.fork()


def _as_worker(
    confinement: Confinement, request: Request, sock: socket.socket, output: int, serve: Serve
) -> None:
    """The worker's whole life; never returns."""
    code = 70
    try:
        sock.sendall(BORN)
        sock = _only_own_descriptors(sock, output)
        _confine(confinement, request, sock)
        serve(sock)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the border of the worker: whatever it is, it is told and ends here
        traceback.print_exc()
        code = 1
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        os._exit(code & 0xFF)


def _confine(confinement: Confinement, request: Request, sock: socket.socket) -> None:
    try:
        _settle(confinement.confine(request))
    except IsolationError as error:
        _report(sock, error)
        os._exit(70)
    _acknowledged(sock)
    sock.sendall(READY)


def _only_own_descriptors(sock: socket.socket, output: int) -> socket.socket:
    """0 stays empty input, 1 and 2 become the output, 3 the socket; everything else is closed."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    given = sock.detach()
    if given != _SOCKET_FD:
        os.dup2(given, _SOCKET_FD, inheritable=False)
    os.closerange(_SOCKET_FD + 1, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=_SOCKET_FD)


def _settle(home: str) -> None:
    os.environ["HOME"] = os.environ["TMPDIR"] = home
    tempfile.tempdir = None
    os.chdir(home)
    sys.stdout = sys.__stdout__ = _text(1)  # type: ignore[misc, assignment]  # a plain text stream will do
    sys.stderr = sys.__stderr__ = _text(2)  # type: ignore[misc, assignment]  # as above


def _text(fd: int) -> TextIO:
    """A new stream: the interpreter's own believes that the descriptor is still a file."""
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _acknowledged(sock: socket.socket) -> None:
    if not sock.recv(1):
        os._exit(70)  # the judge has gone, or changed its mind


def _report(sock: socket.socket, error: Exception) -> None:
    with contextlib.suppress(OSError):
        sock.sendall(
            (FAULT if isinstance(error, HarnessFault) else FAILED) + str(error).encode(errors="replace")
        )
    sock.close()


def _wait_for(worker: int, watch: Callable[[], int] | None) -> tuple[int, float]:
    """Reap whatever ends (this is the parent of all orphans) until the worker has, or is to be ended.

    Gives how it ended, and the CPU seconds of all that was reaped.
    """
    if watch is not None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    cpu_s, pause_s = 0.0, _LOOK_S
    while True:
        pid, status, usage = os.wait4(-1, 0 if watch is None else os.WNOHANG)
        cpu_s += usage.ru_utime + usage.ru_stime if pid else 0.0
        if pid == worker:
            return os.waitstatus_to_exitcode(status), cpu_s
        if pid == 0 and watch is not None and not signal.sigtimedwait(_ENDS, pause_s):
            began = time.monotonic()
            if over := watch():
                return over, cpu_s
            pause_s = max(_LOOK_S, (time.monotonic() - began) / _SHARE_OF_LOOKING)
