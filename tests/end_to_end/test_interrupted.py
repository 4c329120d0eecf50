"""Real runs with real judges, killed and interrupted: nothing lost, nothing graded twice, nothing left."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.processes import alive, descendants, eventually, kill_tree, traces
from tests.end_to_end.small_course import SmallCourse

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="reads Linux's /proc"),
]
KILLS = 10


def committed(course: SmallCourse) -> dict[str, str]:
    """The results in the gradebook, as they were written, by student."""
    path = course.out / "gradebook.db"
    if not path.exists():
        return {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as book:
        tables = {name for (name,) in book.execute("select name from sqlite_master where type = 'table'")}
        if "torchgrade_results" not in tables:
            return {}
        return dict(book.execute("select student, json from torchgrade_results"))


def test_ten_kills_at_random_moments_lose_nothing_and_grade_nothing_twice(tmp_path: Path) -> None:
    course = SmallCourse(tmp_path, students=60, pause=0.05)
    chance = random.Random(2026)
    kept: dict[str, str] = {}
    for number in range(KILLS):
        process = course.start(workers=1 + number % 2)
        # Judges take some seconds to start; then results come. Kill during either, at any moment.
        wanted = len(kept) + chance.choice([0, 1, 1, 2, 3, 5])
        eventually(lambda wanted=wanted: len(committed(course)) >= wanted, 60)  # type: ignore[misc]  # the default binds it
        time.sleep(chance.uniform(0, 0.3))
        kill_tree(process.pid)
        process.wait()
        now = committed(course)
        assert kept.items() <= now.items(), "a finished result was lost or graded again"
        kept = now
    assert 0 < len(kept) < len(course.students), "the kills must fall into the middle of the work"
    course.finish()
    final = committed(course)
    assert kept.items() <= final.items()
    assert sorted(final) == course.students
    for student in course.students:
        assert course.result(student)["score"] == course.expected_score(student)


def test_a_finished_run_leaves_nothing_behind_and_its_judges_had_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")  # as a shell may have it; judges are as many as cores
    course = SmallCourse(tmp_path, students=4, pause=0)
    before = traces(tmp_path)
    course.finish()
    assert eventually(lambda: traces(tmp_path) == before), traces(tmp_path)
    assert {course.result(student)["environment"]["threads"] for student in course.students} == {1}


@pytest.mark.parametrize("moment", ["while judges start", "while submissions are graded"])
def test_ctrl_c_keeps_what_is_finished_and_leaves_nothing_behind(tmp_path: Path, moment: str) -> None:
    course = SmallCourse(tmp_path, students=20, pause=0.2)
    before = traces(tmp_path)
    process = course.start()
    if moment == "while judges start":
        assert eventually(lambda: len(descendants(process.pid)) >= 2)
    else:
        assert eventually(lambda: len(committed(course)) >= 2, 60)
    below = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "kept" in output
    assert eventually(lambda: not alive(below)), below
    assert eventually(lambda: traces(tmp_path) == before), traces(tmp_path)
    finished = committed(course)
    assert moment == "while judges start" or len(finished) >= 2
    course.finish()
    assert finished.items() <= committed(course).items()


def test_a_killed_scheduler_takes_everything_down_with_it(tmp_path: Path) -> None:
    course = SmallCourse(tmp_path, students=30, pause=0.2)
    before = traces(tmp_path)
    process: subprocess.Popen[str] = course.start()
    assert eventually(lambda: len(committed(course)) >= 1, 60)
    below = descendants(process.pid)
    assert below
    process.kill()  # only the scheduler: judges, fork servers and workers must notice by themselves
    process.wait()
    assert eventually(lambda: not alive(below)), below
    assert eventually(lambda: traces(tmp_path) == before), traces(tmp_path)
