"""A worker as a new interpreter, where nothing better can be had: on macOS, for one.

Level 0. What remains: a process of its own that can crash, hang or exit without harm to the judge,
a clean environment, own home, its output and descriptors, and whatever limits the platform obeys.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from grader.model.errors import HarnessFault
from grader.sandbox import view
from grader.sandbox.devices import Gpu
from grader.sandbox.layers import Plan, WorkerLimits
from grader.sandbox.process import WorkerProcess, await_standstill, kernels_clock, pin
from grader.sandbox.server import ForkServer
from grader.worker.stacks import WHERE

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from grader.sandbox.plain import main; main()"
)
_START_S = 60.0
_READY = b"R"


class PlainServer(ForkServer):
    """No server at all: each worker is started when it is asked for, which takes a second or two."""

    def __init__(self, plan: Plan, default: WorkerLimits, gpu: Gpu | None = None) -> None:
        """Use `ForkServer.start` with a plan that does not fork."""
        self._gpu = gpu
        self.plan = plan
        self._default = default
        self._workers = set()

    def spawn(self, limits: WorkerLimits | None = None) -> WorkerProcess:
        """Start a worker. Raises HarnessFault."""
        return self._keep(start_worker(limits or self._default, self._workers.discard, self._gpu))

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers):
            worker.kill()


def start_worker(
    limits: WorkerLimits, released: Callable[[WorkerProcess], None], gpu: Gpu | None = None
) -> PlainWorker:
    """Start an interpreter and wait until torch is imported in it. Raises HarnessFault."""
    ours, theirs = socket.socketpair()
    output, their_output = os.pipe()
    os.set_blocking(output, False)
    home = tempfile.mkdtemp(prefix="torchgrade-")
    seen = view.of_this_interpreter()
    boot = [seen.interpreter, "-s", "-P", "-B", "-c", _BOOT]
    settings = json.dumps(asdict(limits))
    with theirs:
        process = subprocess.Popen(
            [*boot, str(theirs.fileno()), settings, json.dumps(seen.python_path)],
            stdin=subprocess.DEVNULL,
            stdout=their_output,
            stderr=their_output,
            env=view.environment(home, gpu),
            cwd=home,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    os.close(their_output)
    worker = PlainWorker(sock=ours, output=output, process=process, home=home, released=released)
    ours.settimeout(_START_S)
    try:
        started = ours.recv(1) == _READY
    except OSError:
        started = False
    if not started:
        said = worker.read_output()
        worker.kill()
        raise HarnessFault(f"a worker did not start: {said[-2000:] or 'it said nothing'}")
    ours.settimeout(None)
    return worker


def main() -> None:
    """The worker's side: limits as far as the platform knows them, then the protocol."""
    from grader.worker.serving import serve

    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)
    _limit(WorkerLimits.of(json.loads(sys.argv[2])))
    import torch

    torch.set_num_threads(1)
    sock.sendall(_READY)
    serve(sock)


def _limit(limits: WorkerLimits) -> None:
    import resource

    wanted = {
        resource.RLIMIT_CPU: max(1, round(limits.cpu_s + 2)),  # with what importing torch takes
        resource.RLIMIT_FSIZE: limits.file_mb * 2**20,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in wanted.items():
        with contextlib.suppress(OSError, ValueError):  # what this platform does not obey is not promised
            resource.setrlimit(which, (value, value))


class PlainWorker(WorkerProcess):
    """The same face as `WorkerProcess`, by what every Unix has."""

    def __init__(
        self,
        *,
        sock: socket.socket,
        output: int,
        process: subprocess.Popen[bytes],
        home: str,
        released: Callable[[WorkerProcess], None],
    ) -> None:
        """Use `start_worker`."""
        self.socket = sock
        self.output = output
        self.pid = process.pid
        self._process = process
        self._home = home
        self._released = released
        self._cpu_s = 0.0
        self._gone = False

    def read_output(self) -> str:
        """What it has written so far."""
        select.select([self.output], [], [], 1)
        with contextlib.suppress(OSError):
            return os.read(self.output, 2**16).decode(errors="replace")
        return ""

    def exit_status(self, timeout_s: float) -> int | None:
        """How the worker ended: negative for a signal, else its exit code. None when unknown so far."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return None if self._gone else self._process.wait(timeout_s)
        return None

    def loss(self) -> str:
        """Never told apart: nothing keeps its code from ending anything."""
        return ""

    def cpu_seconds(self) -> float:
        """CPU time; outside Linux as `ps` tells it, to a hundredth of a second. 0 when nobody can tell."""
        if platform.system() == "Linux":
            with contextlib.suppress(OSError):
                self._cpu_s = kernels_clock(self.pid)
            return self._cpu_s
        fields = self._ask_ps("time").replace("-", ":").split(":")
        seconds = 0.0
        with contextlib.suppress(ValueError):
            for field in fields:
                seconds = seconds * 60 + float(field)
        return seconds

    def rss_bytes(self) -> int:
        """Resident memory; 0 when it cannot be told."""
        kilobytes = self._ask_ps("rss")
        return int(kilobytes) * 1024 if kilobytes.isdigit() else 0

    def _ask_ps(self, what: str) -> str:
        command = ["ps", "-o", f"{what}=", "-p", str(self.pid)]
        with contextlib.suppress(OSError):
            return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()
        return ""

    def pin(self, cpu: int | None) -> None:
        """Keep the worker on one processor, or with None on none in particular, where the kernel lets us."""
        pin(self.pid, cpu)

    def tell_where(self) -> None:
        """Have the worker write to its output where its first thread is, if its code lets it."""
        self._process.send_signal(WHERE)

    def pause(self) -> None:
        """Stop the worker, so that it uses no CPU while something else is timed."""
        self._process.send_signal(signal.SIGSTOP)
        await_standstill(self.pid)

    def resume(self) -> None:
        """Undo `pause`."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the worker and its session's processes; one that made itself a daemon stays."""
        if self._gone:
            return
        self._gone = True
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.socket.close()
        os.close(self.output)
        shutil.rmtree(Path(self._home), ignore_errors=True)
        self._released(self)
