"""Assignment 5 accepts right code in other words: every alternative earns every point, under two seeds."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.solution import Solution
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result

ROOT = Path(__file__).resolve().parents[2]
NAME = "a5_recurrent"
FOLDERS = sorted(file.parent for file in (ROOT / "solutions" / NAME / "alternatives").glob("*/recurrent.py"))
SEEDS = (5, 2026)


def graded(judge: OpenJudge, folder: Path, seed: int) -> Result:
    """A folder's hand-in, graded by an open judge under a seed."""
    setting = replace(judge.setting, seed=seed)
    again = replace(judge, setting=setting, solution=Solution(setting))
    files = hand_ins(folder, load_course(ROOT / "autograder.yml").assignments[NAME].files)
    submission = Submission(student=folder.name, path=str(folder), digest="", files=files)
    try:
        return Examiner(again, run="alternatives").grade(submission)
    finally:
        again.solution.close()


@pytest.fixture(scope="module")
def results() -> dict[str, list[Result]]:
    """The results of each alternative, one for each seed, by one judge."""
    found: dict[str, list[Result]] = {}

    def grade(judge: OpenJudge) -> None:
        for folder in FOLDERS:
            found[folder.name] = [graded(judge, folder, seed) for seed in SEEDS]

    open_judge(Order(root=str(ROOT), assignment=NAME, run="alternatives", seed=SEEDS[0]), grade)
    return found


def test_there_are_alternatives() -> None:
    assert len(FOLDERS) >= 2


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_alternative_earns_every_point(results: dict[str, list[Result]], folder: Path) -> None:
    for result in results[folder.name]:
        right = Outcome.PASSED, Outcome.PENDING  # what needs a GPU carries no points here
        lost = {test.id: test.message for test in result.tests if test.outcome not in right}
        assert lost == {}
        assert result.score == result.max_score == 100


@pytest.fixture(scope="module")
def solution() -> ModuleType:
    """The reference as a module of its own."""
    spec = importlib.util.spec_from_file_location("a5_reference", ROOT / "solutions" / NAME / "recurrent.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_prints_the_lectures_table(solution: ModuleType) -> None:
    """Seed 25 gives the losses of the epochs 93 to 99 that the lecture shows, and its word."""
    with torch.random.fork_rng():
        torch.manual_seed(25)
        state = {f"rnn.{name}": value for name, value in nn.RNN(4, 4).state_dict().items()}
    _, losses, text = solution.train_hello(state, 100, 0.05)
    printed = [0.3479, 0.3478, 0.3477, 0.3476, 0.3475, 0.3474, 0.3473]
    assert losses[93:] == pytest.approx(printed, abs=1e-4)
    assert text == "ohlol"


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_the_reference_computes_what_torch_computes(solution: ModuleType, kind: str) -> None:
    """With torch's own weights, loaded by name."""
    torch.manual_seed(0)
    theirs = getattr(nn, kind)(3, 4)
    ours = getattr(solution, f"{kind}Scratch")(3, 4)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])
    torch.testing.assert_close(ours(x)[1], theirs(x)[1])


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_reference_counts_what_torch_makes(solution: ModuleType, kind: str, bidirectional: bool) -> None:
    """Three layers, one direction or two."""
    layer = getattr(nn, kind)(5, 7, 3, bidirectional=bidirectional)
    count = solution.recurrent_param_count(kind, 5, 7, 3, bidirectional)
    assert count == sum(parameter.numel() for parameter in layer.parameters())
