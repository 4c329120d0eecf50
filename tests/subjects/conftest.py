"""One fork server for all tests of subjects, confined as well as this machine can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from grader.model.course import Limits
from grader.sandbox.plans import choose
from grader.sandbox.server import ForkServer, WorkerLimits, WorkerProcess
from grader.subjects.base import Answer, Call
from grader.subjects.shipping import Shipping
from grader.subjects.worker import WorkerSubject

LIMITS = Limits(call_s=5, import_s=5, submission_s=30, memory_mb=300, output_kb=256, reply_mb=8)


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    found, _ = choose(memory_mb=LIMITS.memory_mb)
    with found:
        yield found


class Asked:
    """A submission in real workers, asked by name, with a count of the workers that it took."""

    def __init__(self, server: ForkServer, files: dict[str, bytes], limits: Limits) -> None:
        self.workers: list[WorkerProcess] = []
        self.limits = limits
        self.server = server
        self.shipping = Shipping()
        self.subject = WorkerSubject(self._spawn, files, self.shipping, limits)

    def _spawn(self, memory_mb: int, processes: int, cpu_s: float, *, gpu: bool) -> WorkerProcess:
        assert not gpu
        limits = WorkerLimits(memory_mb=memory_mb, cpu_s=cpu_s, processes=processes)
        self.workers.append(self.server.spawn(limits))
        return self.workers[-1]

    def __call__(self, target: Any, *args: Any, file: str = "hw.py", **options: Any) -> Answer:
        call = Call(
            target=target, file=file, args=args, **{"seed": 1, "seconds": self.limits.call_s, **options}
        )
        return self.subject.answer(call)


Ask = Callable[..., Asked]


@pytest.fixture
def submission(server: ForkServer) -> Iterator[Ask]:
    made: list[Asked] = []

    def make(text: str | dict[str, str], **limits: Any) -> Asked:
        texts = {"hw.py": text} if isinstance(text, str) else text
        files = {name: source.encode() for name, source in texts.items()}
        made.append(Asked(server, files, replace(LIMITS, **limits)))
        return made[-1]

    yield make
    for one in made:
        one.subject.close()
