"""A gradebook that takes nothing for a while costs no result, and one that never does costs no run."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.batch import tables
from grader.batch.gradebook import Gradebook
from grader.batch.grading import grade
from grader.batch.keeping import Keeper
from grader.cli.delivery import Deliveries
from grader.cli.grade import run_grade
from grader.model.errors import GradebookError, HarnessFault
from grader.model.outcomes import Status
from tests.batch.courses import Course, Record, by_student
from tests.batch.fakes import Bench


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course.make(tmp_path)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BUSY_TIMEOUT_S", 0.05)


class Locks(Record):
    """Locks the gradebook when the judges are ready; gives it free at a student's turn, or never."""

    def __init__(self, path: str, results: int | None) -> None:
        super().__init__()
        self._path = path
        self._results = results
        self.lock: sqlite3.Connection | None = None

    def ready(self, ready) -> None:
        self.lock = sqlite3.connect(self._path, check_same_thread=False)
        self.lock.execute("BEGIN IMMEDIATE")
        if self._results is not None:
            threading.Timer(self._results, self.lock.rollback).start()


def test_a_lock_that_lasts_for_a_while_loses_nothing(course: Course, monkeypatch) -> None:
    course.hand_in(a="score 1", b="score 2", c="score 3")
    monkeypatch.setattr(tables, "BUSY_TIMEOUT_S", 20)
    listener = Locks(course.gradebook, 1)
    done = course.grade(Bench().start, listener)
    assert done.record.exit_code == 0
    assert [row.result.score for row in done.rows] == [1, 2, 3]
    assert sorted(result.student for result in listener.results) == ["a", "b", "c"]


def test_a_lock_that_stays_makes_faults_with_the_reason_and_the_same_command_does_them(course) -> None:
    course.hand_in(a="score 1", b="score 2", c="score 3")
    listener = Locks(course.gradebook, None)
    done = course.grade(Bench().start, listener)
    assert done.record.exit_code == 1
    assert {result.status for result in by_student(done).values()} == {Status.FAULT}
    assert "locked" in by_student(done)["b"].message
    assert listener.results == [], "nobody is told of what is not kept"
    assert listener.lock is not None
    listener.lock.rollback()
    again = course.grade(Bench().start)
    assert [row.result.score for row in again.rows] == [1, 2, 3]
    assert again.record.exit_code == 0


def test_what_waits_is_stored_first_and_not_tried_at_every_turn() -> None:
    now, stored, refused = [0.0], [], [True]
    tries = []

    def store(item: str) -> None:
        tries.append(item)
        if refused[0]:
            raise GradebookError("the disk is full")
        stored.append(item)

    keeper: Keeper[str] = Keeper(store, clock=lambda: now[0])
    for item in "abc":
        keeper.keep(item)
    assert (tries, keeper.waiting, keeper.reason) == (["a"], ("a", "b", "c"), "the disk is full")
    refused[0], now[0] = False, 100.0
    keeper.keep("d")
    assert (stored, keeper.waiting) == (["a", "b", "c", "d"], ())


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_a_fault_that_names_it_and_is_made_good(course: Course, full_disk: Path) -> None:
    names = [f"s{number:02}" for number in range(12)]
    course.hand_in(**dict.fromkeys(names, "score 7"))
    request = course.request()
    on_disk = type(request)(
        **{
            **{name: getattr(request, name) for name in request.__slots__},
            "gradebook": str(full_disk / "gradebook.db"),
        }
    )
    Gradebook.open(on_disk.gradebook).close()
    ballast = full_disk / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises((HarnessFault, GradebookError), match=r"full|No space"):
        run_grade(on_disk, out=full_disk / "out", as_json=False, start=Bench().start, deliveries=Deliveries())
    ballast.unlink()
    code = run_grade(
        on_disk, out=full_disk / "out", as_json=False, start=Bench().start, deliveries=Deliveries()
    )
    assert code == 0
    assert len(list((full_disk / "out" / "results").iterdir())) == 12


def test_a_wall_clock_that_jumps_changes_no_result(course: Course) -> None:
    course.hand_in(a="score 1", b="score 2")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    jumps = iter([start + timedelta(days=days) for days in (9, -300, 40, -900, 3, 0, -1, 7, 1, 2, 5, 8)])
    for student in ("a", "b"):
        done = grade(course.request(), start=Bench().start, listener=Record(), now=lambda: next(jumps))
        assert by_student(done)[student].status is Status.GRADED
        assert [row.result.score for row in done.rows] == [1, 2]
