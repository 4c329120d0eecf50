"""What fixtures and helpers of the language do at their edges, in a student's own run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from grader import build, spy
from grader.judge.probe_rules import probe_problems
from tests.modules import load_module
from tests.warm import run

COURSE = """
course: Edges
assignments:
  edges:
    title: Edges
    files: [edges.py]
    tasks:
      pair: {points: 1}
      strict: {points: 1}
      Layer: {points: 1}
"""
REFERENCE = """
import torch

def pair(x):
    return [x, x + 1]

def mean(x):
    return float(x.mean())

def strict(x):
    raise RuntimeError("as it should")

class Layer(torch.nn.Module):
    def __init__(self, d, bias=True):
        super().__init__()
        self.linear = torch.nn.Linear(d, d, bias=bias)
        self.register_buffer("running_var", torch.ones(d))
"""
STUDENT = """
import torch

def pair(x):
    return x, x + 1

def mean(x):
    return x.mean()

def strict(x):
    raise NotImplementedError

class Layer(torch.nn.Module):
    def __init__(self, d, bias=True):
        super().__init__()
        self.linear = torch.nn.Linear(d, d, bias=bias)
"""
TESTS = """
import pytest
import torch

OPTIONS = {"twice": lambda x: 2 * x, "half": lambda x: x / 2}


def unpacked(submission, x):
    one, two, three = submission.pair(x)
    return one


@pytest.mark.task("pair")
def test_tuple_for_list(agree, rand):
    agree("pair", rand(3))


@pytest.mark.task("pair")
def test_tuple_read_as_list(agree, rand):
    agree("pair", rand(3), read_as=list, repeat=True)


@pytest.mark.task("pair")
def test_tensor_read_as_float(agree, rand):
    agree("mean", rand(3), read_as=float)


@pytest.mark.task("pair")
def test_unreadable(agree, rand):
    agree("pair", rand(3), read_as=lambda value: value[0] if isinstance(value, list) else value["first"])


@pytest.mark.task("pair")
def test_raised_by_the_probe(student, rand):
    student.call(unpacked, rand(3))


@pytest.mark.task("strict")
def test_agree_on_an_exception(agree, rand):
    agree("strict", rand(3))


@pytest.mark.task("strict")
def test_raises(student, rand):
    assert student.raises("strict", rand(3))


@pytest.mark.task("Layer")
def test_weights(weights, pick, rand):
    state = weights("Layer", 200, bias=False, dtype=torch.float64, scale=0.1)
    assert sorted(state) == ["linear.weight", "running_var"]
    assert {value.dtype for value in state.values()} == {torch.float64}
    assert 0.09 < state["linear.weight"].std() < 0.11
    assert 0.5 <= state["running_var"].min() < 0.6
    chosen = pick(range(100), 50)
    assert len(set(chosen)) == 50 and chosen != sorted(chosen)
    assert pick(OPTIONS) in OPTIONS


@pytest.mark.task("Layer")
def test_pick_too_many(pick):
    pick([1, 2], 3)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the student's own run says of each test, by its name."""
    root = tmp_path_factory.mktemp("edges")
    for folder in ("assignments/edges", "solutions/edges"):
        (root / folder).mkdir(parents=True)
    (root / "autograder.yml").write_text(COURSE)
    (root / "solutions/edges/edges.py").write_text(REFERENCE)
    (root / "assignments/edges/edges.py").write_text(STUDENT)
    (root / "assignments/edges/test_edges.py").write_text(TESTS)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "assignments/edges"]
    command += ["--grader-json", "told.json"]
    run(command, cwd=root, timeout=120)
    tests = json.loads((root / "told.json").read_text())
    return {test["id"].split("::")[1]: test for test in tests}


@pytest.mark.parametrize(
    ("test", "outcome", "message"),
    [
        ("test_tuple_for_list", "failed", "a tuple instead of a list"),
        ("test_tuple_read_as_list", "passed", ""),
        ("test_tensor_read_as_float", "passed", ""),
        ("test_unreadable", "failed", "of type tuple, cannot be read as"),
        ("test_raised_by_the_probe", "error", "not inside your code"),
        ("test_agree_on_an_exception", "error", "not done yet"),
        ("test_raises", "error", "not done yet"),
        ("test_weights", "passed", ""),
        ("test_pick_too_many", "fault", "pick cannot take 3 of 2"),
    ],
)
def test_edges(told: dict[str, dict[str, Any]], test: str, outcome: str, message: str) -> None:
    assert told[test]["outcome"] == outcome, told[test]
    assert message in told[test]["message"]


class Submission:
    """Stands for a student's module."""

    class Net(nn.Module):
        """A parameter, and a buffer of the student's own."""

        def __init__(self, d: int) -> None:
            super().__init__()
            self.gain = nn.Parameter(torch.zeros(d))
            self.register_buffer("own", torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.gain


def test_build_leaves_a_students_own_buffers_alone() -> None:
    model = build(Submission, "Net", {"d": 2}, {"gain": torch.ones(2)}, dtype=torch.float64)
    assert not model.training
    assert torch.equal(model.gain, torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        ({}, "other parameters: gain"),
        ({"gain": torch.ones(2), "bias": torch.ones(2)}, "no weights called bias"),
        ({"gain": torch.ones(3)}, "size mismatch"),
    ],
)
def test_build_names_what_does_not_fit(state: dict[str, torch.Tensor], complaint: str) -> None:
    with pytest.raises(RuntimeError, match=complaint):
        build(Submission, "Net", [2], state)


def test_spy_sees_forward_however_it_is_called() -> None:
    model = Submission.Net(2)
    model.gain.grad = torch.full((2,), 3.0)
    watched = spy(model.eval(), lambda output, _: output.sum(), torch.optim.SGD(model.parameters(), 0.1))
    watched.model(torch.ones(2))
    loss = watched.loss_fn(watched.model.train().forward(torch.ones(2)), None)
    loss.backward()
    watched.optimizer.step()
    assert watched.record() == {
        "events": ["forward", "forward", "loss", "backward", "step"],
        "stale": [3.0],
        "modes": [False, True],
    }


def test_probes_reach_tables_of_functions_but_not_of_tensors(tmp_path: Path) -> None:

    path = tmp_path / "test_tables.py"
    path.write_text(
        "import torch\n"
        "GOOD = {'one': lambda x: x + 1, 'two': [len, 3]}\n"
        "BAD = {'one': torch.ones(1)}\n"
        "def good(submission, x):\n    return GOOD['one'](x)\n"
        "def bad(submission, x):\n    return BAD['one']\n"
    )
    (problem,) = probe_problems(load_module("test_tables", path))
    assert "the probe bad uses `BAD`" in problem
