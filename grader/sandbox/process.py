"""A worker as the judge holds it: by pidfds, so that no other process is ever meant by mistake."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.model.errors import HarnessFault, IsolationError
from grader.worker import forkserver
from grader.worker.stacks import WHERE

_CREDENTIALS = struct.Struct("=3i")
_PATIENCE_S = 5.0
_TOLD_S = 0.2
"""From a worker's end to its stub's word about it; a stub that was killed says none."""
_KERNELS_CLOCK = 2
"""CPUCLOCK_SCHED: what the scheduler accounts, in nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A process by its number in the judge's view and a descriptor that keeps the number its own."""

    pid: int
    pidfd: int

    @classmethod
    def of(cls, pid: int) -> Held:
        """Raises HarnessFault when there is no such process."""
        try:
            return cls(pid=pid, pidfd=os.pidfd_open(pid))
        except OSError as error:
            raise HarnessFault(f"a worker ended while it started: {error.strerror}") from error

    def signal(self, number: int) -> bool:
        """Whether the process was there to get it (it may be a zombie)."""
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return False
        return True

    def ends_within(self, timeout_s: float) -> bool:
        """Wait for the end of the process."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))

    def reaped_within(self, timeout_s: float) -> bool:
        """Wait until not even a zombie is left."""
        deadline = time.monotonic() + timeout_s
        if not self.ends_within(timeout_s):
            return False
        while self.signal(0):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.0002)
        return True


def names_senders(sock: socket.socket, *, on: bool) -> None:
    """Whether the kernel notes on each message who sent it. To be on before anybody can have sent any."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, int(on))


def meet(sock: socket.socket) -> tuple[bytes, Held]:
    """The next message and who sent it, on a socket that `names_senders`. Raises OSError or HarnessFault."""
    data, notes, _, _ = sock.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
    if not data:
        raise HarnessFault("the socket was closed")
    return data, Held.of(_CREDENTIALS.unpack(notes[0][2])[0])


def kernels_clock(pid: int) -> float:
    """CPU seconds of a process, also of one that is no child. Linux. Raises OSError when it is gone."""
    return time.clock_gettime((~pid << 3) | _KERNELS_CLOCK)


def kernels_waiting(pid: int | str) -> float:
    """Seconds for which a process's first thread was ready and no processor was free for it. Linux.

    0 where the kernel does not tell: it keeps the second number of schedstat only if it was built so.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def out_of_memory_kills() -> int:
    """How many processes the kernel has ended for want of memory; 0 where it does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_bytes().splitlines():
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    return 0


def await_standstill(pid: int) -> None:
    """Wait until a process that was told to stop stands still, with all its threads. No wait outside Linux.

    The signal goes to one thread, which first needs a processor to stop the others. One that has no others
    does nothing more.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while not _stands_still(pid) and time.monotonic() < deadline:
        time.sleep(0.0002)


def _stands_still(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0] in (b"T", b"t", b"Z", b"X") or int(fields[17]) == 1
    except (OSError, IndexError):
        return True


def pin(pid: int, cpu: int | None) -> None:
    """Keep all threads of a process on one processor; on any that this process may use, with None.

    Nothing outside of Linux, and nothing where the kernel does not let us.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cpus = os.sched_getaffinity(0) if cpu is None else {cpu}
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cpus)


def introduce(sock: socket.socket, timeout_s: float) -> tuple[Held, Held]:
    """Meet a new worker: hold its stub and itself before any of the student's code runs.

    The socket must have named senders from its beginning on.
    Each is held before it may go on, and only then has it proven to be alive: a number that the
    kernel gave to another process in between cannot pass. Raises IsolationError or HarnessFault.
    """
    sock.settimeout(timeout_s)
    held: list[Held] = []
    try:
        for message in (forkserver.STUB, forkserver.BORN):
            held.append(Held.of(_expect(sock, message)))
            with contextlib.suppress(BrokenPipeError):  # it failed meanwhile; the next message says why
                sock.sendall(b"\0")
        if _expect(sock, forkserver.READY) != held[1].pid:
            raise HarnessFault("a worker is not the process that it began as")
    except (OSError, HarnessFault, IsolationError) as error:
        for process in held:
            process.signal(signal.SIGKILL)
        for process in held:
            process.reaped_within(_PATIENCE_S)
            os.close(process.pidfd)
        if isinstance(error, OSError):
            raise HarnessFault(f"a worker did not start: {error}") from error
        raise
    names_senders(sock, on=False)
    sock.settimeout(None)
    return held[0], held[1]


def _expect(sock: socket.socket, message: bytes) -> int:
    """The sender of this very message, as the kernel tells it."""
    data, notes, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
    if data == message:
        return int(_CREDENTIALS.unpack(notes[0][2])[0])
    if data in (forkserver.FAILED, forkserver.FAULT):
        text = _all_that_follows(sock).decode(errors="replace")
        raise IsolationError(text) if data == forkserver.FAILED else HarnessFault(text)
    raise HarnessFault("a worker ended while it started")


def _all_that_follows(sock: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(OSError):  # a peer that ends with something unread resets the connection
        while part := sock.recv(4096):
            parts.append(part)
    return b"".join(parts)


class WorkerProcess:
    """A running worker. `kill` it in any case; nothing of it is left then."""

    def __init__(
        self,
        *,
        sock: socket.socket,
        output: int,
        status: int,
        stub: Held,
        worker: Held,
        dies_with_stub: bool,
        shielded: bool,
        released: Callable[[WorkerProcess], None],
    ) -> None:
        """`shielded`: nothing in the worker can end its stub. `released` is called once, at the end of
        `kill`.
        """
        self.socket = sock
        self.output = output
        """Descriptor of what the worker writes to its standard output and error; does not block."""
        self.pid = worker.pid
        """The worker's number in this process's view."""
        self._status = status
        self._stub = stub
        self._worker = worker
        self._dies_with_stub = dies_with_stub
        self._shielded = shielded
        self._released = released
        self._exit: int | None = None
        self._kills_before = out_of_memory_kills()
        self._cpu_s = 0.0
        self._gone = False

    def exit_status(self, timeout_s: float) -> int | None:
        """How the worker ended: negative for a signal, else its exit code. None when unknown so far.

        Also `forkserver.OVER_MEMORY` or `OVER_FILES`, where its stub ended it.
        """
        if self._exit is None and not self._gone and select.select([self._status], [], [], timeout_s)[0]:
            data = os.read(self._status, forkserver.STATUS.size)
            if len(data) == forkserver.STATUS.size:
                self._exit, cpu_s = forkserver.STATUS.unpack(data)
                self._cpu_s = max(self._cpu_s, cpu_s)
        return self._exit

    def loss(self) -> str:
        """Why the worker ended by nothing that its code can do: with its stub or the fork server, or for want
        of memory on the machine. Empty where nothing says so.
        """
        status = None if self._gone else self.exit_status(0)
        if status == -signal.SIGKILL and out_of_memory_kills() > self._kills_before:
            return "the machine ran out of memory (take fewer --workers, or a larger machine)"
        lost = self._shielded and not self._gone and status is None and self._stub.ends_within(1)
        return "its fork server has ended" if lost else ""

    def cpu_seconds(self) -> float:
        """CPU time of all the worker's threads, as the kernel accounts it; all that it used after its end."""
        if self._gone:
            return self._cpu_s
        if self._worker.ends_within(0):
            self.exit_status(_TOLD_S)
        else:
            with contextlib.suppress(OSError):
                self._cpu_s = kernels_clock(self.pid)
        return self._cpu_s

    def waited_seconds(self) -> float:
        """How long the worker's first thread has waited for a processor, in its whole life."""
        return kernels_waiting(self.pid)

    def rss_bytes(self) -> int:
        """Resident memory, what it shares with the fork server included; 0 after its end."""
        if self._gone or self._worker.ends_within(0):
            return 0
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_bytes().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    def pin(self, cpu: int | None) -> None:
        """Keep the worker on one processor, or with None on none in particular, where the kernel lets us."""
        pin(self.pid, cpu)

    def tell_where(self) -> None:
        """Have the worker write to its output where its first thread is, if its code lets it."""
        self._worker.signal(WHERE)

    def pause(self) -> None:
        """Stop the worker, so that it uses no CPU while something else is timed."""
        self._worker.signal(signal.SIGSTOP)
        await_standstill(self.pid)

    def resume(self) -> None:
        """Undo `pause`."""
        self._worker.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the worker and all that it started, and close its descriptors. May be called again.

        Raises HarnessFault when something is left after five seconds.
        """
        if self._gone:
            return
        self._gone = True
        first = self._stub if self._dies_with_stub else self._worker
        first.signal(signal.SIGKILL)
        ended = self._stub.reaped_within(_PATIENCE_S)
        if not ended:
            self._stub.signal(signal.SIGKILL)
            ended = self._stub.reaped_within(_PATIENCE_S)
        self.socket.close()
        for fd in (self.output, self._status, self._stub.pidfd, self._worker.pidfd):
            os.close(fd)
        self._released(self)
        if not ended:
            raise HarnessFault(f"worker {self.pid} cannot be ended")
