"""Real workers: every test here starts processes. Fork servers are shared, one per plan."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import sweep
from grader.sandbox.layers import Plan, WorkerLimits
from grader.sandbox.plans import plans
from grader.sandbox.process import WorkerProcess
from grader.sandbox.server import ForkServer
from grader.wire.channel import Channel
from grader.wire.codec import pack, unpack

LIMITS = WorkerLimits(memory_mb=256, cpu_s=30)


class Talk:
    """A submission in a worker, called by the protocol that judges use."""

    def __init__(self, worker: WorkerProcess, source: str) -> None:
        self.worker = worker
        self.channel = Channel(worker.socket)
        files = {"hand_in.py": source.encode()}
        shown = {"hand_in.py": "hand_in.py"}
        self.ask({"do": "files", "files": files, "shown_as": shown, "reply_bytes": 2**24})
        self.names = self.ask({"do": "load", "file": "hand_in.py", "seed": 1})

    def ask(self, message: dict[str, Any], buffers: Any = ()) -> dict[str, Any]:
        self.channel.send(message, buffers)
        self.reply, self.buffers = self.channel.receive(30)
        return self.reply

    def send(self, name: str, *arguments: Any) -> None:
        tree, buffers = pack([list(arguments), {}])
        call = {"do": "call", "file": "hand_in.py", "target": name, "arguments": tree}
        self.channel.send(call | {"leaves": [], "seed": 1, "echo": False}, buffers)

    def call(self, name: str, *arguments: Any) -> Any:
        """The value; or what came instead, as a dict."""
        self.send(name, *arguments)
        reply, buffers = self.channel.receive(30)
        return unpack(reply["value"], buffers)[0] if "value" in reply else reply


@pytest.fixture(autouse=True, scope="session")
def _adopts() -> None:
    """Whatever a worker leaves behind becomes a descendant of this process, and is seen."""
    sweep.adopt_orphans()


@pytest.fixture(autouse=True, scope="session")
def _own_temporary_files() -> Iterator[None]:
    """Files of other runs on this machine must not look like something that a worker left."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-tests-"))
    folder.chmod(0o711)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield
    tempfile.tempdir = before
    shutil.rmtree(folder)


Start = Callable[..., Talk]


def plan_name(plan: Plan) -> str:
    return "+".join((plan.outer, *plan.inner))


def strongest(outer: str) -> Plan | None:
    """The first plan of this machine with such an outer layer."""
    return next((plan for plan in plans() if plan.outer == outer), None)


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, ForkServer]]:
    """One running fork server per outer layer that this machine offers."""
    with contextlib.ExitStack() as stack:
        found = [plan for plan in map(strongest, ("bwrap", "none")) if plan is not None]
        yield {plan.outer: stack.enter_context(ForkServer.start(plan)) for plan in found}


@pytest.fixture(params=plans(), ids=plan_name)
def server(request: pytest.FixtureRequest, servers: dict[str, ForkServer]) -> Iterator[ForkServer]:
    """A fork server whose workers get the layers of each plan that this machine offers."""
    server = servers[request.param.outer]
    before, server.plan = server.plan, request.param
    yield server
    server.plan = before


@pytest.fixture
def start(server: ForkServer) -> Iterator[Start]:
    """Start a worker with a submission; it is killed after the test."""
    workers: list[WorkerProcess] = []

    def started(source: str, limits: WorkerLimits = LIMITS) -> Talk:
        worker = server.spawn(limits)
        workers.append(worker)
        return Talk(worker, source)

    yield started
    for worker in workers:
        worker.kill()


@pytest.fixture
def talk() -> type[Talk]:
    """To speak with a worker by the protocol."""
    return Talk
