"""Workers as new interpreters: level 0, yet the judge learns how they end and keeps nothing of them."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.model.errors import HarnessFault
from grader.sandbox import level
from grader.sandbox import plain as module
from grader.sandbox.layers import Plan, WorkerLimits
from grader.sandbox.server import ForkServer
from tests.end_to_end.processes import eventually

LIMITS = WorkerLimits(memory_mb=512, cpu_s=20)


@pytest.fixture(scope="module")
def plain() -> Iterator[ForkServer]:
    with ForkServer.start(Plan(outer="none", inner=(), fork=False)) as server:
        yield server


def homes() -> set[str]:
    return {entry.name for entry in Path(tempfile.gettempdir()).glob("torchgrade-*")}


def test_a_worker_answers_and_leaves_nothing(plain, talk, request):
    before = homes()
    worker = plain.spawn(LIMITS)
    request.addfinalizer(worker.kill)
    conversation = talk(
        worker, "import torch, os\ndef f(): return torch.ones(2).sum().item(), sorted(os.environ)"
    )
    value, names = conversation.call("f")
    assert value == 2.0
    assert not {"PYTHONPATH", "PYTEST_CURRENT_TEST"} & set(names)
    assert worker.rss_bytes() > 2**20
    assert worker.cpu_seconds() > 0
    assert worker.exit_status(0) is None
    worker.kill()
    worker.kill()
    assert homes() == before


def test_the_true_end_is_known(plain, talk):
    worker = plain.spawn(LIMITS)
    talk(worker, "import os, signal\ndef die(): os.kill(os.getpid(), signal.SIGSEGV)").send("die")
    assert worker.exit_status(10) == -signal.SIGSEGV
    worker.kill()


def test_it_tells_where_it_is(plain, talk):
    worker = plain.spawn(LIMITS)
    talk(worker, "import time\ndef rest():\n    print('begun', flush=True)\n    time.sleep(99)").send("rest")
    assert eventually(lambda: "begun" in worker.read_output())
    worker.tell_where()
    assert eventually(lambda: " in rest\n" in worker.read_output())
    worker.kill()


def test_it_is_level_0(plain):
    assert level.measure(plain).level == 0
    assert not plain._workers


def test_one_that_cannot_start_says_why(plain, monkeypatch):
    monkeypatch.setattr(module, "_BOOT", "import sys; sys.exit('no luck today')")
    before = homes(), sum(1 for _ in Path("/dev/fd").iterdir())
    with pytest.raises(HarnessFault, match="no luck today"):
        plain.spawn(LIMITS)
    assert (homes(), sum(1 for _ in Path("/dev/fd").iterdir())) == before
