"""Frames of inputs against the clock: what is counted, what stands still, and what is not believed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.model.outcomes import Outcome
from grader.sandbox.probes import probe
from grader.subjects.base import Call, Ended, Raised, Returned, Timed
from grader.subjects.claims import shared_out
from grader.subjects.local import LocalSubject
from grader.subjects.pretenders import Recorder, Replayer, TrivialSubject
from grader.worker.timing import nothing
from tests.end_to_end.processes import eventually
from tests.subjects.conftest import Ask

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only"),
]

FRAME = Call(
    target="double", file="hw.py", args=[(torch.full((2,), float(n)),) for n in range(4)], seed=1, seconds=5
)
DOUBLE = "def double(x):\n    return x + x\n"


def values(timed: Any) -> list[list[float]]:
    assert isinstance(timed, Timed), timed
    return [value.tolist() for value in timed.values]


DOUBLED = [[0, 0], [2, 2], [4, 4], [6, 6]]


def test_every_input_is_answered_in_order(submission: Ask) -> None:
    assert values(submission(DOUBLE).subject.time(FRAME)) == DOUBLED


def test_a_buffer_that_is_returned_each_time_holds_each_answer(submission: Ask) -> None:
    text = "import torch\nB = torch.empty(2)\ndef double(x):\n    return torch.add(x, x, out=B)\n"
    assert values(submission(text).subject.time(FRAME)) == DOUBLED


def test_both_clocks_run_while_it_computes(submission: Ask) -> None:
    text = (
        "import time\n"
        "def double(x):\n"
        "    end = time.process_time() + 0.02\n"
        "    while time.process_time() < end:\n"
        "        pass\n"
        "    return x\n"
    )
    timed = submission(text).subject.time(FRAME)
    assert isinstance(timed, Timed)
    assert timed.cpu_s is not None
    assert timed.cpu_s > 0.07
    assert timed.seconds == max(timed.wall_s, timed.cpu_s)


def test_sleep_counts_by_the_wall(submission: Ask) -> None:
    sleeping = "import time\ndef double(x):\n    time.sleep(0.1)\n    return x\n"
    timed = submission(sleeping).subject.time(FRAME)
    assert isinstance(timed, Timed)
    assert timed.cpu_s is not None
    assert timed.seconds == timed.wall_s > 0.07 > timed.cpu_s


def states(pid: int) -> set[str]:
    """Of all threads of a process, as the kernel's letters."""
    stats = Path(f"/proc/{pid}/task").glob("*/stat")
    return {stat.read_text().rpartition(")")[2].split()[0] for stat in stats}


def test_the_worker_stands_still_until_it_is_asked_again(submission: Ask) -> None:
    burning = (
        "import threading\n"
        "def burn():\n"
        "    while True:\n"
        "        pass\n"
        "def double(x):\n"
        "    if threading.active_count() == 1:\n"
        "        threading.Thread(target=burn, daemon=True).start()\n"
        "    return x + x\n"
    )
    asked = submission(burning)
    values(asked.subject.time(FRAME))
    (worker,) = asked.workers
    assert eventually(lambda: states(worker.pid) == {"T"})  # a thread that waits for a processor stops later
    before = worker.cpu_seconds()
    time.sleep(0.1)
    assert (states(worker.pid), worker.cpu_seconds()) == ({"T"}, before)
    assert isinstance(asked("double", torch.ones(2)), Returned)
    assert worker.cpu_seconds() > before


def test_all_threads_are_kept_on_the_processor_asked_for_until_timing_is_over(submission: Ask) -> None:
    threaded = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "def double(x):\n"
        "    return x + x\n"
    )
    asked, everywhere = submission(threaded), os.sched_getaffinity(0)
    for cpu in everywhere:
        values(asked.subject.time(replace(FRAME, cpu=cpu)))
        (worker,) = asked.workers
        threads = [int(thread.name) for thread in Path(f"/proc/{worker.pid}/task").iterdir()]
        assert len(threads) == 2
        assert [os.sched_getaffinity(thread) for thread in threads] == [{cpu}, {cpu}]
    assert isinstance(asked("double", torch.ones(2)), Returned)
    assert os.sched_getaffinity(worker.pid) == everywhere


def test_timed_work_is_not_taken_off_the_submissions_time(submission: Ask) -> None:
    asked = submission("import time\ndef double(x):\n    time.sleep(0.2)\n    return x\n", submission_s=1.5)
    for _ in range(3):
        values(asked.subject.time(FRAME))  # 0.8 s each
    assert isinstance(asked("double", torch.ones(2)), Returned)


def test_a_frame_that_hangs_ends_by_its_limit(submission: Ask) -> None:
    asked = submission("def double(x):\n    while x[0] == 2:\n        pass\n    return x\n")
    ended = asked.subject.time(replace(FRAME, seconds=0.5))
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.message) == (Outcome.TIMEOUT, "double took longer than the limit of 0.5 s")
    assert {frame.function for frame in ended.frames} == {"double"}


def test_what_it_raises_in_a_frame_is_told(submission: Ask) -> None:
    raised = submission("def double(x):\n    return x[5]\n").subject.time(FRAME)
    assert isinstance(raised, Raised)
    assert raised.types[0] == "IndexError"


def test_a_name_that_is_not_there_is_missing(submission: Ask) -> None:
    ended = submission("def treble(x):\n    return x\n").subject.time(FRAME)
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.MISSING


def test_an_answer_that_is_no_plain_data_is_a_bad_reply(submission: Ask) -> None:
    ended = submission("def double(x):\n    return object()\n").subject.time(FRAME)
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.BAD_REPLY


FORGERIES = {
    "too few values": "{'values': []}",
    "no list": "{'values': 7}",
    "no pairs": "{'values': [1, 2, 3, 4]}",
    "buffers that are not there": "{'values': [[['x'], 3]] * 4}",
    "less than no buffers": "{'values': [[[1], -1]] * 4}",
    "another reply's form": "{'value': [1]}",
    "nothing": "{}",
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=list(FORGERIES))
def test_a_forged_frame_is_a_bad_reply(submission: Ask, forged: str) -> None:
    text = (
        "import sys\n"
        f"FORGED = {forged}\n"
        "sys.modules['grader.worker.serving'].answer_each = lambda *_: (FORGED, [])\n"
        "def double(x):\n    return x\n"
    )
    ended = submission(text).subject.time(FRAME)
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.BAD_REPLY


def test_buffers_are_shared_out_in_order() -> None:
    buffers: list[Any] = [b"a", b"b", b"c"]
    assert shared_out([["one", 1], ["two", 0], ["three", 2]], buffers) == [
        ("one", [b"a"]),
        ("two", []),
        ("three", [b"b", b"c"]),
    ]


def test_an_empty_frame_takes_less_than_one_with_work(submission: Ask) -> None:
    asked = submission(
        "import torch\ndef double(x):\n    torch.ones(300, 300) @ torch.ones(300, 300)\n    return x\n"
    )
    asked.subject.time(FRAME)
    busy, idle = asked.subject.time(FRAME), asked.subject.time(replace(FRAME, target=nothing))
    assert isinstance(busy, Timed)
    assert isinstance(idle, Timed)
    assert idle.values == [None] * 4


def test_this_process_times_too() -> None:
    timed = LocalSubject({"hw.py": DOUBLE.encode()}, {}, import_s=5).time(FRAME)
    assert values(timed) == DOUBLED


def test_a_replayer_gives_what_was_recorded_and_a_trivial_subject_zeros() -> None:
    recorder = Recorder(LocalSubject({"hw.py": DOUBLE.encode()}, {}, import_s=5))
    recorder.time(FRAME)
    replayer = Replayer(recorder.answers, recorder.timed)
    assert values(replayer.time(replace(FRAME, args=[*FRAME.args, FRAME.args[0]]))) == [*DOUBLED, [0, 0]]
    assert isinstance(replayer.time(FRAME), Ended)
    trivial = TrivialSubject(LocalSubject({"hw.py": DOUBLE.encode()}, {}, import_s=5), "zeros")
    assert values(trivial.time(FRAME)) == [[0, 0]] * 4
    assert trivial.replaced
