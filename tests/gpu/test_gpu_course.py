"""A class graded without a GPU, and its pending tests completed with one, by the command as users give it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.verify import verify
from grader.model.outcomes import Outcome
from grader.model.proofs import Proof
from grader.sandbox.devices import REHEARSAL
from tests.judge.course import Course

ROOT = Path(__file__).parents[2]
RIGHT = (Path(__file__).parent / "course/solutions/gpu/move.py").read_text()
WRONG = RIGHT.replace(".max()", ".sum()")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("gpu") / "course"
    shutil.copytree(Path(__file__).parent / "course", root)
    for student, text in (("jane", RIGHT), ("joe", WRONG)):
        (root / "class" / student).mkdir(parents=True)
        (root / "class" / student / "move.py").write_text(text)
    return root


def grade(course: Path, *options: str, gpu: str | None = None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "COLUMNS": "160"}
    environment |= {"XDG_RUNTIME_DIR": str(course)} | ({REHEARSAL: gpu} if gpu else {})
    command = [sys.executable, "-m", "grader", "grade", "gpu", "class", "--workers", "1", *options]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def result(course: Path, student: str) -> dict:
    return json.loads((course / "out/gpu/results" / f"{student}.json").read_text())


def test_a_class_is_graded_here_and_completed_where_a_gpu_is(course: Path) -> None:
    printed = grade(course)
    assert "90/90, 10 pending" in printed and "60/90, 10 pending" in printed
    assert "--pending" in printed
    before = {student: result(course, student) for student in ("jane", "joe")}
    kept = grade(course)
    assert "0 to grade, 2 unchanged and kept" in kept and "90/90, 10 pending" in kept

    printed = grade(course, "--pending", gpu="{}")
    assert "2 to grade" in printed and "100/100" in printed and "60/100" in printed
    with (course / "out/gpu/grades.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert [rows["jane"][name] for name in ("status", "score", "pending_points", "scale")] == [
        "graded", "100", "0", "40",
    ]  # fmt: skip
    for student, then in before.items():
        now = result(course, student)
        assert now["run"] == then["run"] and now["environment"] == then["environment"]
        (done,) = now["completed"]
        assert done["environment"]["gpu"] == "rehearsed GPU 0" and len(done["tests"]) == 3
        seeds = {test["seed"] for test in now["tests"]}
        assert len(seeds) == 1, "all of one run"
        for old, new in zip(then["tests"], now["tests"], strict=True):
            assert (new == old) == (old["outcome"] != "pending")
    joe = {test["id"]: test for test in result(course, "joe")["tests"]}
    hidden = joe["hidden/test_move_hidden.py::test_scale_on_a_gpu"]
    assert hidden["outcome"] == "failed" and "by their sum" in hidden["misconception"]


def test_the_proof_says_nothing_of_tests_that_cannot_run_here(course: Path) -> None:
    proofs: list[Proof] = []
    verify(course, "gpu", [3], proofs.append)
    assert [proof.problems for proof in proofs] == [()]


ON_A_GPU = """
@pytest.mark.task("f")
@pytest.mark.gpu
@pytest.mark.points(1)
def test_it(agree):
    agree("f", 1)
"""
LOGS = """
import time

def f(x):
    for path in {paths!r}:
        with open(path, "a") as device:
            print("<", end="", file=device, flush=True)
            time.sleep(0.2)
            print(">", end="", file=device, flush=True)
    return x
"""


def test_two_judges_never_work_on_one_gpu_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is a file in which each call leaves a mark at its beginning and at its end."""
    device = tmp_path / "gpu0"
    device.touch()
    device.chmod(0o666)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv(REHEARSAL, json.dumps({"devices": [[str(device)]]}))
    course = Course.make(
        tmp_path / "course", tasks={"f": 1}, public=ON_A_GPU, reference="def f(x): return x\n"
    )
    text = LOGS.format(paths=[str(device)])
    with course.judge() as one, course.judge() as other:
        for _ in range(2):
            for judge in (one, other):
                judge.submit(text)
            results = [judge.receive() for judge in (one, other)]
            assert {each.tests[0].outcome for each in results} == {Outcome.PASSED}
    assert device.read_text() == "<>" * 4
