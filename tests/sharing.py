"""One fork server for many judges: torch takes seconds to warm up, and what a judge shows needs no fresh one.

That each judge starts and closes a fork server of its own is seen wherever judges are processes, and in
`tests/sandbox`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from types import TracebackType

from grader.model.results import Isolation
from grader.sandbox.devices import Gpu
from grader.sandbox.layers import Plan, WorkerLimits
from grader.sandbox.plans import choose
from grader.sandbox.process import WorkerProcess
from grader.sandbox.server import ForkServer


class Lent:
    """A fork server as one judge sees it: closing it ends the judge's own workers, and nothing else."""

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self._workers: list[WorkerProcess] = []

    @property
    def plan(self) -> Plan:
        return self._server.plan

    def spawn(self, limits: WorkerLimits) -> WorkerProcess:
        self._workers.append(self._server.spawn(limits))
        return self._workers[-1]

    def __enter__(self) -> Lent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()


class Lender:
    """In the place of `choose`: one fork server for each list of modules that are to be warm."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._running: dict[tuple[str, ...], tuple[ForkServer, Isolation]] = {}

    def __call__(
        self, *, warm: Sequence[str] = (), memory_mb: int, gpu: Gpu | None = None
    ) -> tuple[Lent, Isolation]:
        """Judges name the memory of each worker, so that the server's default does not matter."""
        assert gpu is None
        if tuple(warm) not in self._running:
            self._running[tuple(warm)] = choose(warm=warm, memory_mb=memory_mb)
        server, isolation = self._running[tuple(warm)]
        if os.getpid() != self._pid:  # forked: others count the same server's workers as well
            server._numbers = itertools.count(os.getpid() * 10_000)
        return Lent(server), isolation

    def close(self) -> None:
        for server, _ in self._running.values():
            server.close()
