"""A judge or a fork server killed in mid-run: every student gets what is theirs, in the same run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from grader.sandbox.probes import probe
from tests.end_to_end.processes import alive, descendants, eventually, traces
from tests.end_to_end.small_course import SmallCourse
from tests.end_to_end.test_interrupted import committed

pytestmark = [
    pytest.mark.skipif(not probe().linux, reason="fork servers are Linux's"),
]


def parents(below: set[int]) -> dict[int, int]:
    """By process: its parent, of those that are still there."""
    found = {}
    for pid in below:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            found[pid] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    return found


def judges(scheduler: int) -> set[int]:
    return {pid for pid, parent in parents(descendants(scheduler)).items() if parent == scheduler}


def fork_servers(scheduler: int) -> set[int]:
    """The judges' own children: what stands outermost around a fork server."""
    own = judges(scheduler)
    return {pid for pid, parent in parents(descendants(scheduler)).items() if parent in own}


@pytest.mark.parametrize("victims", [judges, fork_servers], ids=["judge", "fork server"])
def test_a_killed_part_costs_no_student_anything(tmp_path: Path, victims) -> None:
    course = SmallCourse(tmp_path, students=12, pause=0.3)
    before = traces(tmp_path)
    process = course.start()
    killed = 0
    for wanted in (1, 4):
        assert eventually(lambda wanted=wanted: len(committed(course)) >= wanted, 120)  # type: ignore[misc]  # the default binds it
        for victim in sorted(victims(process.pid))[:1]:
            os.kill(victim, signal.SIGKILL)
            killed += 1
    below = descendants(process.pid)
    output, _ = process.communicate(timeout=300)
    assert killed == 2
    assert process.returncode == 0, output
    scores = {student: course.result(student)["score"] for student in course.students}
    assert scores == {student: course.expected_score(student) for student in course.students}
    assert eventually(lambda: not alive(below))
    assert eventually(lambda: traces(tmp_path) == before), traces(tmp_path)
