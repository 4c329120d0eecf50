"""The gradebook keeps what it is given, and refuses what is not a gradebook."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.gradebook import Gradebook, Run
from grader.model.errors import GradebookError
from grader.model.orders import Order, Submission
from grader.model.outcomes import Status
from grader.model.results import Result
from grader.model.runs import RunOptions
from tests.batch.fakes import fake_result

RUN = Run(
    id="r1",
    assignment="a1",
    seed=2**63 - 1,
    started="2026-01-01",
    digest="d",
    owner="o",
    options=RunOptions(),
)


@pytest.fixture
def book(tmp_path: Path):
    gradebook = Gradebook.open(str(tmp_path / "book.db"))
    gradebook.add_run(RUN)
    yield gradebook
    gradebook.close()


def result(run: str = "r1", text: str = "score 5", student: str = "jane") -> Result:
    submission = Submission(student=student, path="/p", digest="d", files={"hw.py": text.encode()})
    return fake_result(Order(root="/", assignment="a1", run=run, seed=1), submission)


def test_a_result_comes_back_as_it_was(book: Gradebook) -> None:
    odd = replace(
        result(),
        student="名\x1b[31m\u202e'; DROP TABLE",
        message="\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    )
    book.store(student="key", identity="i", stored="1", result=odd)
    assert book.result("r1", "key") == odd
    assert book.result("r1", "nobody") is None


def test_a_later_result_of_the_same_run_takes_the_place(book: Gradebook) -> None:
    book.store(student="jane", identity="i", stored="1", result=result(text="fault"))
    assert book.final("a1") == {}
    book.store(student="jane", identity="i", stored="2", result=result(text="score 7"))
    assert book.result("r1", "jane").score == 7
    assert book.final("a1")["i/jane"].status is Status.GRADED


def test_only_final_results_of_the_asked_run_and_seed_are_reused(book: Gradebook) -> None:
    book.add_run(replace(RUN, id="r2", seed=5))
    for student, text in (("a", "score 1"), ("b", "pending"), ("c", "fault")):
        book.store(student=student, identity="i", stored="1", result=result(text=text))
    assert set(book.final("a1")) == {"i/a"}
    assert book.final("a1", seed=5) == {} == book.final("a1", run="r2") == book.final("a2")
    book.store(student="a", identity="i", stored="2", result=result("r2"))
    assert book.final("a1")["i/a"].run == "r2", "the newest"
    assert book.final("a1", seed=RUN.seed)["i/a"].run == "r1"


def test_runs_are_found_until_they_are_complete(book: Gradebook) -> None:
    book.add_run(replace(RUN, id="r2", started="2026-01-02"))
    assert [run.id for run in book.open_runs("a1", "d")] == ["r2", "r1"]
    assert book.open_runs("a1", "other") == [] == book.open_runs("a2", "d")
    book.finish_run("r1", finished="now", complete=False)
    assert book.run("r1") == replace(RUN, finished="now", owner="")
    book.finish_run("r2", finished="now", complete=True)
    assert [run.id for run in book.open_runs("a1", "d")] == ["r1"]
    left = book.run("r1")
    assert book.take_over(left, "me")
    assert not book.take_over(left, "another"), "only the first one gets it"
    assert book.run("r1") == replace(RUN, owner="me")
    assert book.run("r3") is None


def test_it_is_there_again_when_reopened(tmp_path: Path) -> None:
    for _ in range(2):
        book = Gradebook.open(f"sqlite:///{tmp_path}/deep/er/book.db")
        assert book.run("r1") in (None, RUN)
        if book.run("r1") is None:
            book.add_run(RUN)
        book.close()
    with sqlite3.connect(tmp_path / "deep/er/book.db") as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    Gradebook.open(str(tmp_path / "book.db")).close()
    with sqlite3.connect(tmp_path / "book.db") as raw:
        raw.execute("UPDATE torchgrade_schema SET version = 99")
    with pytest.raises(GradebookError, match="schema version 99"):
        Gradebook.open(str(tmp_path / "book.db"))


def test_what_is_no_gradebook_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("my notes\n" * 1000)
    with pytest.raises(GradebookError, match="not a database"):
        Gradebook.open(str(text))
    assert text.read_text() == "my notes\n" * 1000
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE mine (x)")
    before = other.read_bytes()
    with pytest.raises(GradebookError, match=r"no gradebook"):
        Gradebook.open(str(other))
    assert other.read_bytes() == before


@pytest.mark.parametrize("url", ["nonsense://x", "://", "postgresql+nodriver://u:secret@h/d", "sqlite:////"])
def test_an_address_that_cannot_be_used_is_said_without_its_password(url: str) -> None:
    with pytest.raises(GradebookError) as error:
        Gradebook.open(url)
    assert "secret" not in str(error.value)


def test_a_gradebook_in_a_place_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GradebookError, match="cannot be used"):
        Gradebook.open(str(tmp_path / "file" / "book.db"))


WRITER = """
import sys
from dataclasses import replace
from tests.batch.test_gradebook import RUN, Gradebook, result
book = Gradebook.open(sys.argv[1])
book.add_run(replace(RUN, id=sys.argv[2]))
for number in range(25):
    book.store(student=f"s{number}", identity="i", stored="1", result=result(sys.argv[2]))
"""


def test_several_processes_make_and_write_one_gradebook(tmp_path: Path) -> None:
    path = str(tmp_path / "book.db")
    command = [sys.executable, "-c", WRITER, path]
    root = Path(__file__).parents[2]
    writers = [subprocess.Popen([*command, f"r{number}"], cwd=root) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    book = Gradebook.open(path)
    assert all(book.result(f"r{run}", f"s{student}") for run in range(4) for student in range(25))
    book.close()
