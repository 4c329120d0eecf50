"""GPU tests in real, confined workers, with a rehearsed GPU that computes on the CPU."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.judge.gpu_room import GpuRoom, open_room
from grader.model.course import Limits
from grader.model.outcomes import Outcome, Status
from grader.sandbox.devices import REHEARSAL
from grader.sandbox.layers import Plan
from grader.sandbox.plans import plans
from tests.judge.course import Course, Judge, by_test

CPU_S = 60.0
PUBLIC = """
pytestmark = pytest.mark.task("f")
BOTH = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)


@pytest.mark.points(1)
@BOTH
def test_first(agree, rand, device):
    agree("f", rand(3).to(device))


@pytest.mark.points(1)
@pytest.mark.gpu
def test_second(agree, rand, device):
    agree("f", rand(2).to(device))


@pytest.mark.points(1)
@BOTH
def test_seen(student, device):
    seen = student.call("seen")
    assert seen == [], f"{device}: {seen}"
"""
HIDDEN = """
@pytest.mark.task("f")
@pytest.mark.points(1)
def test_hidden(agree, rand):
    agree("f", rand(3))
"""
REFERENCE = """
import os

def f(x):
    return x * 2

def seen():
    return []
"""
LOOKS = """
import os
from pathlib import Path

def f(x):
    return x * 2

def seen():
    files = [path for path in {paths!r} if os.access(path, os.R_OK | os.W_OK) and Path(path).read_text()]
    return [os.environ.get("CUDA_VISIBLE_DEVICES", "none"), *files]
"""
SPOILT = """
import os
from pathlib import Path

calls = []

def f(x):
    calls.append(x)
    if len(calls) == 1 and "CUDA_VISIBLE_DEVICES" in os.environ:
        {how}
    return x * 2

def seen():
    return []
"""


@dataclass(frozen=True)
class Rehearsal:
    """Two judges of one course, each with a seat at a GPU of its own, and the GPUs' stand-in files."""

    one: Judge
    other: Judge
    paths: list[str]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("gpus")
    paths = [str(folder / name) for name in ("gpu0", "gpu1")]
    for path in paths:
        Path(path).write_text("a device")
        Path(path).chmod(0o666)
    course = Course.make(folder / "course", tasks={"f": 4}, public=PUBLIC, hidden=HIDDEN, reference=REFERENCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # with locks that no other test knows
        patch.setenv(REHEARSAL, json.dumps({"devices": [[path] for path in paths], "wake_s": 0.2}))
        with course.judge() as one, course.judge() as other:
            yield Rehearsal(one=one, other=other, paths=paths)


def test_with_a_gpu_nothing_is_pending_and_it_is_recorded(rehearsal: Rehearsal) -> None:
    results = [rehearsal.one.grade(REFERENCE) for _ in range(2)]
    for result in results:
        assert (result.status, result.score, result.pending_points) == (Status.GRADED, 4, 0)
        assert (result.environment.gpu, result.environment.tf32) == ("rehearsed GPU 0", False)
    assert [test.id.split("::")[1] for test in results[0].tests] == [
        "test_first[cpu]",
        "test_first[cuda]",
        "test_second",
        "test_seen[cpu]",
        "test_seen[cuda]",
        "test_hidden",
    ]


def test_only_the_leased_gpus_files_are_in_view_and_only_in_gpu_tests(rehearsal: Rehearsal) -> None:
    text = LOOKS.format(paths=rehearsal.paths)
    results = [judge.grade(text) for judge in (rehearsal.one, rehearsal.other)]
    if results[0].isolation.level < 2:
        pytest.skip("this machine hides no files from workers")
    for number, result in enumerate(results):
        messages = {name: test.message for name, test in by_test(result).items()}
        assert "cpu: ['none']" in messages["test_seen[cpu]"]
        assert f"['rehearsed-{number}', {rehearsal.paths[number]!r}]" in messages["test_seen[cuda]"]


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ('raise RuntimeError("CUDA error: device-side assert triggered")', Outcome.ERROR),
        ('Path(os.environ["HOME"], "lost").touch()', Outcome.ERROR),
        ('Path(os.environ["HOME"], "lost").touch(); raise ValueError', Outcome.ERROR),
        ("os.abort()", Outcome.CRASHED),
        ('raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")', Outcome.OOM),
    ],
)
def test_a_gpu_that_is_lost_costs_one_test(rehearsal: Rehearsal, how: str, outcome: Outcome) -> None:
    tests = by_test(rehearsal.one.grade(SPOILT.format(how=how)))
    assert tests["test_first[cpu]"].outcome is Outcome.PASSED
    assert tests["test_first[cuda]"].outcome is outcome, tests["test_first[cuda]"].message
    # In the worker that was lost it would be the second call, and pass; in a fresh one it is the first.
    assert tests["test_second"].outcome is outcome
    assert rehearsal.one.grade(REFERENCE).score == 4


def test_an_error_that_spoils_nothing_keeps_the_worker(rehearsal: Rehearsal) -> None:
    tests = by_test(rehearsal.one.grade(SPOILT.format(how="raise ValueError('mine')")))
    assert tests["test_first[cuda]"].outcome is Outcome.ERROR
    assert tests["test_second"].outcome is Outcome.PASSED, "the second call of the same worker"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], GpuRoom]]:
    """Opens rooms as judges do; closed after the test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv(REHEARSAL, '{"wake_s": 0.2}')
    rooms: list[GpuRoom] = []

    def opened() -> GpuRoom:
        found = open_room(plans()[0], Limits(memory_mb=300, submission_s=CPU_S), ())
        assert found is not None
        rooms.append(found)
        return found

    yield opened
    for one in rooms:
        one.close()


def test_a_worker_is_started_ahead_for_the_submission_that_comes_next(room) -> None:
    here = room()
    waiting = here._ahead
    assert waiting is not None, "before anybody asked"
    first = here.spawn(300, 0, CPU_S)
    assert first is waiting
    following = here._ahead
    assert following is not None and following.pid != first.pid, "while the first one is at work"
    first.kill()
    here.leave()
    assert here.spawn(300, 0, CPU_S) is following
    waiting = here._ahead
    other = here.spawn(200, 0, CPU_S)
    assert other is not waiting and here._ahead is waiting, "on other terms than the usual ones"


def test_a_worker_that_died_while_it_waited_is_replaced(room) -> None:
    here = room()
    waiting = here._ahead
    os.kill(waiting.pid, signal.SIGKILL)
    fresh = here.spawn(300, 0, CPU_S)
    assert fresh.pid != waiting.pid and fresh.exit_status(0) is None


def test_of_two_judges_at_one_gpu_only_the_first_keeps_a_worker_waiting(room) -> None:
    one, other = room(), room()
    assert one.gpu == other.gpu
    assert one._ahead is not None and other._ahead is None


def test_without_a_gpu_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REHEARSAL, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # also on a machine that has some
    assert open_room(Plan(outer="none", inner=()), Limits(), ()) is None
