"""GPU tests in real, confined workers, with a rehearsed GPU that computes on the CPU."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.judge.gpu_room import GpuRoom, open_room
from grader.model.course import Limits
from grader.model.outcomes import Outcome, Status
from grader.sandbox.devices import REHEARSAL
from grader.sandbox.layers import Plan
from grader.sandbox.plans import choose
from tests.judge.course import Course, by_test

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


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Pretend that GPUs are here, with locks that no other test knows."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def rehearse(*devices: list[str], wake_s: float = 0.0) -> None:
        facts = {"devices": list(devices) or [[]], "wake_s": wake_s}
        monkeypatch.setenv(REHEARSAL, json.dumps(facts))

    return rehearse


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course.make(tmp_path / "course", tasks={"f": 4}, public=PUBLIC, hidden=HIDDEN, reference=REFERENCE)


def test_with_a_gpu_nothing_is_pending_and_it_is_recorded(course: Course, rehearse) -> None:
    rehearse(wake_s=0.2)
    with course.judge() as judge:
        results = [judge.grade(REFERENCE) for _ in range(2)]
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


def test_only_the_leased_gpus_files_are_in_view_and_only_in_gpu_tests(
    course: Course, rehearse, tmp_path: Path
) -> None:
    paths = [str(tmp_path / name) for name in ("gpu0", "gpu1")]
    for path in paths:
        Path(path).write_text("a device")
        Path(path).chmod(0o666)
    rehearse([paths[0]], [paths[1]])
    with course.judge() as one, course.judge() as other:
        results = [judge.grade(LOOKS.format(paths=paths)) for judge in (one, other)]
    assert results[0].isolation.level >= 2, "this test needs a machine that hides files"
    seen = [{name: test.message for name, test in by_test(result).items()} for result in results]
    for number, messages in enumerate(seen):
        assert "cpu: ['none']" in messages["test_seen[cpu]"]
        assert f"['rehearsed-{number}', {paths[number]!r}]" in messages["test_seen[cuda]"]


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
def test_a_gpu_that_is_lost_costs_one_test(course: Course, rehearse, how: str, outcome: Outcome) -> None:
    rehearse()
    with course.judge() as judge:
        tests = by_test(judge.grade(SPOILT.format(how=how)))
        well = judge.grade(REFERENCE)
    assert tests["test_first[cpu]"].outcome is Outcome.PASSED
    assert tests["test_first[cuda]"].outcome is outcome, tests["test_first[cuda]"].message
    # In the worker that was lost it would be the second call, and pass; in a fresh one it is the first.
    assert tests["test_second"].outcome is outcome
    assert well.score == 4


def test_an_error_that_spoils_nothing_keeps_the_worker(course: Course, rehearse) -> None:
    rehearse()
    with course.judge() as judge:
        tests = by_test(judge.grade(SPOILT.format(how="raise ValueError('mine')")))
    assert tests["test_first[cuda]"].outcome is Outcome.ERROR
    assert tests["test_second"].outcome is Outcome.PASSED, "the second call of the same worker"


@pytest.fixture
def room(rehearse) -> Iterator[Callable[[], GpuRoom]]:
    """Opens rooms as judges do; closed after the test."""
    limits = Limits(memory_mb=300)
    server, _ = choose(memory_mb=300)
    rooms: list[GpuRoom] = []

    def opened() -> GpuRoom:
        found = open_room(server.plan, limits, ())
        assert found is not None
        rooms.append(found)
        return found

    with server:
        yield opened
        for one in rooms:
            one.close()


def test_a_worker_is_started_ahead_for_the_submission_that_comes_next(room, rehearse) -> None:
    rehearse(wake_s=0.5)
    here = room()
    waiting = here._ahead
    assert waiting is not None, "before anybody asked"
    first = here.spawn(300, 0)
    assert first is waiting
    following = here._ahead
    assert following is not None and following.pid != first.pid, "while the first one is at work"
    first.kill()
    here.leave()
    assert here.spawn(300, 0) is following
    assert here.spawn(200, 0) not in (following, here._ahead), "on other terms than the usual ones"


def test_a_worker_that_died_while_it_waited_is_replaced(room, rehearse) -> None:
    rehearse()
    here = room()
    waiting = here._ahead
    os.kill(waiting.pid, signal.SIGKILL)
    fresh = here.spawn(300, 0)
    assert fresh.pid != waiting.pid and fresh.exit_status(0) is None


def test_of_two_judges_at_one_gpu_only_the_first_keeps_a_worker_waiting(room, rehearse) -> None:
    rehearse()
    one, other = room(), room()
    assert one.gpu == other.gpu
    assert one._ahead is not None and other._ahead is None


def test_without_a_gpu_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REHEARSAL, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # also on a machine that has some
    assert open_room(Plan(outer="none", inner=()), Limits(), ()) is None
