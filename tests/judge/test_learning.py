"""`learns` in a real judge: what weights earn, whose fault it is, and what students' own runs can tell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.course.release import release
from grader.judge.learning import LATER, Lesson
from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome
from grader.model.results import TestResult
from grader.subjects.base import Call, Returned
from grader.subjects.local import LocalSubject
from grader.subjects.reference import CallId, LiveReference
from tests.judge.course import Course, Judge, by_test
from tests.warm import run

REFERENCE = """
import torch
from torch import nn

class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return x @ self.a

def error(model, x, y):
    return (model(x) - y).square().mean()

def train(model, x, y):
    losses = [error(model, x, y).item()]
    for _ in range(60):
        model.zero_grad()
        error(model, x, y).backward()
        with torch.no_grad():
            model.a -= 0.1 * model.a.grad
        losses.append(error(model, x, y).item())
    return losses

def needs_small(value):
    return value
"""
PROBES = """
from grader import build

def fitted(submission, start, x, y):
    model = build(submission, "Line", (), start)
    losses = submission.train(model, x, y)
    return {"weights": model.state_dict(), "losses": losses}

def mean_error(submission, weights, x, y):
    return submission.error(build(submission, "Line", (), weights), x, y).item()

def fussy(submission, weights, x, y):
    if weights["a"].abs().max() > 1e6:
        raise ValueError("too large for this")
    return mean_error(submission, weights, x, y)

def broken(submission, weights, x, y):
    raise ValueError("never works")

def wordy(submission, weights, x, y):
    return "good"

def endless(submission, weights, x, y):
    while weights["a"].abs().max() > 1e6:
        pass
    return 0.0
"""
TESTS = """
from probes import broken, endless, fitted, fussy, mean_error, wordy

pytestmark = pytest.mark.task("train")

@pytest.fixture
def data(rand):
    slope = rand(3, dtype=torch.float32)
    def draw(n):
        x = rand(n, 3, dtype=torch.float32)
        return x, x @ slope + 1e-2 * rand(n, dtype=torch.float32)
    return draw

def options(evaluate, unseen, **more):
    return dict(model="Line", evaluate=evaluate, unseen=unseen, below=0.01, false_fail=1e-9, **more)

@pytest.mark.points(2)
def test_claims(learns, data, weights):
    seen, start = data(30), weights("Line")
    learns(fitted, start, *seen, **options(
        mean_error, data(50), loss=mean_error, seen=seen, start=start, slack=1e-3))

@pytest.mark.points(1)
def test_two_of_three(learns, data, weights):
    learns(fitted, weights("Line"), *data(30), **options(mean_error, data(50), seeds=3))

@pytest.mark.points(1)
def test_fussy(learns, data, weights):
    learns(fitted, weights("Line"), *data(30), **options(fussy, data(50)))
"""
ODD = """
@pytest.mark.points(1)
def test_endless(learns, data, weights):
    learns(fitted, weights("Line"), *data(30), **options(endless, data(50)))

@pytest.mark.points(1)
def test_broken(learns, data, weights):
    learns(fitted, weights("Line"), *data(30), **options(broken, data(50)))

@pytest.mark.points(1)
def test_wordy(learns, data, weights):
    learns(fitted, weights("Line"), *data(30), **options(wordy, data(50)))
"""
MISCONCEPTIONS = """
import torch
from hw import error
from grader import misconception

@misconception("train", "The gradients are never used.")
def idle(model, x, y):
    losses = []
    for _ in range(60):
        loss = error(model, x, y)
        loss.backward()
        losses.append(loss.item())
    return losses
"""
HUGE = "def train(model, x, y):\n    model.a.data.fill_(1e9)\n    return [2.0, 1.0]\n"
LIMITS = "{call_s: 1, import_s: 5, memory_mb: 500}"


def course_at(root: Path, tests: str, points: int) -> Course:
    return Course.make(
        root,
        tasks={"train": points},
        public=tests,
        reference=REFERENCE,
        misconceptions=MISCONCEPTIONS,
        probes=PROBES,
        limits=LIMITS,
    )


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with course_at(tmp_path_factory.mktemp("course"), TESTS, 4).judge() as found:
        yield found


def graded(judge: Judge, change: str = "") -> dict[str, TestResult]:
    return by_test(judge.grade(f"{REFERENCE}\n{change}"))


def test_right_weights_earn_everything(judge: Judge) -> None:
    assert {test.outcome for test in graded(judge).values()} == {Outcome.PASSED}


def test_a_last_loss_that_the_weights_do_not_bear_out_is_told(judge: Judge) -> None:
    text = "honest = train\ndef train(model, x, y):\n    return honest(model, x, y)[:-1] + [-1.0]\n"
    tests = graded(judge, text)
    assert tests["test_claims"].message.startswith(
        "the last loss is -1, but with the returned weights it is "
    )
    assert tests["test_two_of_three"].outcome is Outcome.PASSED


def test_a_first_loss_is_held_against_the_initial_weights(judge: Judge) -> None:
    text = "honest = train\ndef train(model, x, y):\n    return honest(model, x, y)[1:]\n"
    message = graded(judge, text)["test_claims"].message
    assert message.startswith("the first loss is ")
    assert "with the initial weights it is" in message


@pytest.mark.parametrize(("bad", "outcome"), [(1, Outcome.PASSED), (2, Outcome.FAILED)])
def test_more_than_half_of_the_trainings_must_do(judge: Judge, bad: int, outcome: Outcome) -> None:
    text = f"""
honest, calls = train, []
def train(model, x, y):
    calls.append(1)
    if 1 < len(calls) <= 1 + {bad}:
        model.a.data += 1.5
        return [1.0, 0.5]
    return honest(model, x, y)
"""
    test = graded(judge, text)["test_two_of_three"]
    assert test.outcome is outcome
    if outcome is Outcome.FAILED:
        assert "is below 0.01 in 1 of 3 trainings; 2 are needed" in test.message
        assert "once in 1,000,000,000 runs" in test.message


def test_a_mistake_is_named_by_its_kind_whatever_the_figures(judge: Judge) -> None:
    text = "def train(model, x, y):\n    return [error(model, x, y).item() / n for n in (1, 2, 4)]\n"
    tests = graded(judge, text)
    assert tests["test_claims"].misconception == "The gradients are never used."
    assert tests["test_two_of_three"].misconception == "The gradients are never used."


def test_an_evaluation_that_raises_on_the_weights_is_the_students_failure(judge: Judge) -> None:
    test = graded(judge, HUGE)["test_fussy"]
    assert (test.outcome, test.message) == (Outcome.FAILED, "the returned weights cannot be used: ValueError")


def test_hostile_weights_end_nobody_elses_grading(judge: Judge) -> None:
    for _ in range(2):
        assert Outcome.FAULT not in {test.outcome for test in graded(judge, HUGE).values()}
    assert {test.outcome for test in graded(judge).values()} == {Outcome.PASSED}


def test_what_is_wrong_for_the_reference_too_is_the_authors_fault(tmp_path: Path) -> None:
    with course_at(tmp_path, TESTS + ODD, 7).judge() as judge:
        right, huge = graded(judge), graded(judge, HUGE)
    assert right["test_endless"].outcome is Outcome.PASSED
    assert huge["test_endless"].message == "the returned weights cannot be used: timeout"
    assert huge["test_endless"].outcome is Outcome.FAILED
    for tests in (right, huge):
        assert tests["test_broken"].outcome is Outcome.FAULT
        assert "wordy must return a number, not a str" in tests["test_wordy"].message
        assert tests["test_wordy"].outcome is Outcome.FAULT


def test_a_students_own_run_tells_what_it_can(tmp_path: Path) -> None:
    course = course_at(tmp_path / "course", TESTS, 4)
    release(course.root, "a1")
    shutil.rmtree(course.root / "solutions")
    told = run_locally(course.root, tmp_path, REFERENCE)
    assert {test["outcome"] for test in told.values()} == {"passed"}
    assert told["test_claims"]["message"] == LATER
    idle = REFERENCE + "\ndef train(model, x, y):\n    return [error(model, x, y).item(), 0.0]\n"
    told = run_locally(course.root, tmp_path, idle)
    assert told["test_claims"]["outcome"] == "failed"
    assert told["test_claims"]["misconception"] == "The gradients are never used."
    assert told["test_fussy"]["message"] == LATER


def run_locally(root: Path, folder: Path, text: str) -> dict[str, Any]:
    """What plain pytest tells of a file, by test; and that its report says what is left open."""
    (folder / "mine.py").write_text(text)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "assignments/a1"]
    command += ["--submission", str(folder / "mine.py"), "--grader-json", str(folder / "told.json")]
    done = run(command, cwd=root, timeout=120)
    assert f"test_fussy: {LATER}" in done.stdout, done.stdout
    return {test["id"].split("::")[1]: test for test in json.loads((folder / "told.json").read_text())}


def test_a_live_answer_to_a_students_weights_is_not_remembered() -> None:
    files = {"hw.py": b"asked = []\ndef f(x):\n    asked.append(x)\n    return len(asked)\n"}
    reference = LiveReference(LocalSubject(files, {}, import_s=5))
    call = Call(target="f", file="hw.py", args=[torch.ones(2)], seed=0, seconds=5)
    answers = [reference.measure(call) for _ in range(3)]
    assert [answer.value for answer in answers if isinstance(answer, Returned)] == [1, 2, 3]
    assert reference.taped("public/t") == []
    reference.answer(call, CallId("public/t", 0))
    assert len(reference.taped("public/t")) == 1


def probe(submission: Any, weights: Any) -> float:
    """Stands for an author's probe."""
    return 0.0


def lesson(**changes: Any) -> Lesson:
    known: dict[str, Any] = {
        "target": "train",
        "args": (torch.ones(3),),
        "model": ("Line",),
        "evaluate": probe,
        "unseen": (torch.zeros(3),),
        "below": 1.0,
        "above": None,
        "false_fail": 0.01,
        "loss": None,
        "seen": (),
        "start": None,
        "slack": None,
        "seeds": 1,
        "enough": 1,
    }
    return Lesson(**known | changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"below": None}, "below= or above="),
        ({"above": 1.0}, "below= or above="),
        ({"below": float("nan")}, "finite"),
        ({"false_fail": 0}, "probability"),
        ({"false_fail": 1.5}, "probability"),
        ({"evaluate": "accuracy"}, "probes"),
        ({"unseen": ()}, "unseen="),
        ({"unseen": ({"x": torch.ones(3)},)}, "that the training is given"),
        ({"loss": probe}, "go together"),
        ({"slack": 0.1}, "go together"),
        ({"loss": probe, "seen": (1,), "slack": -1.0}, "not negative"),
        ({"seeds": 3, "enough": 4}, "enough=4 of seeds=3"),
        ({"seeds": 0, "enough": 1}, "enough=1 of seeds=0"),
    ],
)
def test_what_cannot_be_asked_is_the_authors_error(changes: dict[str, Any], told: str) -> None:
    lesson()
    with pytest.raises(AuthoringError, match=told):
        lesson(**changes)
