"""The judge's end of a fork server: start it by a plan, spawn workers, close it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO

from grader.model.errors import HarnessFault, IsolationError
from grader.sandbox import bubblewrap, kernel, landlock, sweep, view
from grader.sandbox.confinement import Settings
from grader.sandbox.devices import Gpu
from grader.sandbox.landlock import SCOPES_ABI
from grader.sandbox.layers import INNER, LANDLOCK, MOUNTS, PIDNS, UID, Plan, WorkerLimits
from grader.sandbox.process import Held, WorkerProcess, introduce, meet, names_senders

__all__ = ["ForkServer", "WorkerLimits", "WorkerProcess"]

_START_S = 120.0
_SPAWN_S = 30.0
_DEFAULT_CPU_S = 120.0
_CLOSE_S = 5.0
_PIPE_BYTES = 2**18
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from grader.sandbox.entry import main; main()"
)


class ForkServer:
    """A confined process with torch warm that forks workers. A context manager.

    Start it from a thread that lives as long as it: the kernel ends it with that thread.
    """

    def __init__(
        self,
        plan: Plan,
        default: WorkerLimits,
        scratch: Path | None,
        log: IO[bytes],
        gpu: Gpu | None = None,
    ) -> None:
        """Use `start`."""
        self.plan = plan
        """The layers around the next workers; others may be set while the outer one is the same."""
        self._default = default
        self._scratch = scratch
        self._log = log
        self._gpu = gpu
        self._control, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        names_senders(self._control, on=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: set[WorkerProcess] = set()
        self._held: list[Held] = []
        self._numbers = itertools.count(1)

    @classmethod
    def start(
        cls, plan: Plan, *, warm: Sequence[str] = (), memory_mb: int = 1024, gpu: Gpu | None = None
    ) -> ForkServer:
        """Start a fork server and wait until torch is warm in it.

        `warm` names further modules to import; `memory_mb` is what its workers get by default; `gpu` is
        the one that they have in view.
        Raises IsolationError when the outer layer fails, HarnessFault when the process does.
        """
        unknown = [layer for layer in plan.inner if layer not in INNER]
        if unknown:
            raise IsolationError(f"unknown layers: {', '.join(unknown)} (known: {', '.join(INNER)})")
        default = WorkerLimits(memory_mb=memory_mb, cpu_s=_DEFAULT_CPU_S)
        if not plan.fork:
            from grader.sandbox.plain import PlainServer  # which is a ForkServer itself

            return PlainServer(plan, default, gpu)
        kernel.set_dumpable(dumpable=False)  # nobody may trace this process or read its memory
        scratch = None if plan.outer == "bwrap" else _new_scratch()
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        server = cls(plan, default, scratch, log, gpu)
        try:
            server._launch(
                Settings(
                    read=view.of_this_interpreter(gpu).read,
                    box=server._box,
                    warm=tuple(warm),
                    scratch=None if scratch is None else str(scratch),
                    open_ways=plan.outer == "none" and {UID, MOUNTS} <= set(plan.inner),
                    devices=gpu.devices if gpu is not None else (),
                )
            )
        except BaseException:
            server.close()
            raise
        return server

    @property
    def _box(self) -> str:
        return bubblewrap.BOX if self._scratch is None else str(self._scratch / "box")

    def _launch(self, settings: Settings) -> None:
        seen = view.of_this_interpreter(self._gpu)
        environment = view.environment(self._box, self._gpu)
        boot = [seen.interpreter, "-s", "-P", "-B", "-c", _BOOT]
        command = [*boot, str(self._theirs.fileno()), json.dumps(seen.python_path)]
        if self.plan.outer == "bwrap":
            command = bubblewrap.wrap(command, seen, environment, is_root=os.geteuid() == 0)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=environment,
                cwd="/",
                pass_fds=(self._theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            raise IsolationError(f"{self.plan.outer}: {command[0]}: {error.strerror}") from error
        self._theirs.close()
        self._control.settimeout(_START_S)
        try:
            self._control.sendall(json.dumps(settings.to_data()).encode())
            itself = meet(self._control)[1]
        except (OSError, HarnessFault):
            raise self._did_not_start() from None
        self._held = [itself]
        if itself.pid != self._process.pid:  # the first process of bubblewrap's namespace
            self._held.append(Held.of(sweep.parent_of(itself.pid)))

    def _did_not_start(self) -> IsolationError | HarnessFault:
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip()[-2000:]
        if said.startswith("bwrap:"):
            return IsolationError(said)
        return HarnessFault(f"the fork server did not start: {said or 'it said nothing'}")

    def spawn(self, limits: WorkerLimits | None = None) -> WorkerProcess:
        """Fork a worker and wait until it is confined; no student code has run in it yet.

        Without limits it gets the memory that `start` was told and two minutes of CPU time.

        Raises IsolationError naming the layer that failed, HarnessFault when anything else did.
        """
        ours, theirs = socket.socketpair()
        names_senders(ours, on=True)
        output, their_output = os.pipe2(os.O_CLOEXEC)
        status, their_status = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(output, False)
        home = str(Path(self._scratch or self._box) / f"home-{next(self._numbers)}")
        plan = self.plan
        request = {
            "do": "spawn",
            "layers": plan.inner,
            "limits": asdict(limits or self._default),
            "home": home,
        }
        try:
            try:
                fds = [theirs.fileno(), their_output, their_status]
                socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            except OSError as error:
                raise HarnessFault(f"the fork server is gone: {error.strerror}") from error
            finally:
                theirs.close()
                os.close(their_output)
                os.close(their_status)
            stub, itself = introduce(ours, _SPAWN_S)
        except BaseException as error:
            with contextlib.suppress(OSError):
                error.add_note(os.read(output, _PIPE_BYTES).decode(errors="replace"))
            ours.close()
            os.close(output)
            os.close(status)
            self._forget(home, plan)
            raise
        return self._keep(
            WorkerProcess(
                sock=ours,
                output=output,
                status=status,
                stub=stub,
                worker=itself,
                dies_with_stub=PIDNS in plan.inner,
                shielded=PIDNS in plan.inner or (LANDLOCK in plan.inner and landlock.abi() >= SCOPES_ABI),
                released=lambda worker: self._release(worker, home, plan),
            )
        )

    def _keep(self, worker: WorkerProcess) -> WorkerProcess:
        self._workers.add(worker)
        return worker

    def _release(self, worker: WorkerProcess, home: str, plan: Plan) -> None:
        self._workers.discard(worker)
        self._forget(home, plan)

    def _forget(self, home: str, plan: Plan) -> None:
        """Clear away what may be left where the kernel does not do it."""
        if not {PIDNS, MOUNTS} <= set(plan.inner):
            with contextlib.suppress(OSError):
                self._control.sendall(json.dumps({"do": "tidy", "home": home}).encode())
        if self._scratch is not None and MOUNTS not in plan.inner:
            _remove_tree(Path(home))

    def close(self) -> None:
        """End the fork server and all its workers, and remove its files. May be called again."""
        for worker in list(self._workers):
            worker.kill()
        self._control.close()
        self._theirs.close()
        if self._process is not None:
            self._end(self._process)
        if self._scratch is not None:
            _remove_tree(self._scratch)
        self._log.close()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for held in self._held:
            if not held.ends_within(_CLOSE_S):
                held.signal(signal.SIGKILL)
            os.close(held.pidfd)
        self._held = []

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _new_scratch() -> Path:
    scratch = Path(tempfile.mkdtemp(prefix="torchgrade-"))
    scratch.chmod(0o711)  # a worker with a uid of its own must be able to pass through
    (scratch / "box").mkdir(mode=0o755)
    return scratch


def _remove_tree(folder: Path) -> None:
    """Remove what may hold a student's files: folders without rights, or nested beyond recursion."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", folder], check=False, capture_output=True)
