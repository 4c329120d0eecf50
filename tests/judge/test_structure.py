"""`same_structure`, `graph` and `aliases` in a real judge: what they accept, what they say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.model.outcomes import Outcome
from grader.model.results import TestResult
from tests.judge.course import Course, Judge, by_test

REFERENCE = """
import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d, bias=True):
        super().__init__()
        self.up = nn.Linear(d, 2 * d, bias=bias)
        self.down = nn.Linear(2 * d, d)
        self.norm = nn.BatchNorm1d(d)
        self.down.bias.requires_grad_(False)

    def forward(self, x):
        return self.norm(self.down(self.up(x).relu()))


class Tied(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a = nn.Linear(d, d)
        self.b = nn.Linear(d, d)
        self.b.weight = self.a.weight
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return {"out": self.b(self.drop(self.a(x)))}


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(3))


def f(x, w):
    return [torch.relu(x) @ w, x.detach() * 2]


def views(x, table):
    other = table["y"]
    return {"tail": x[1:], "none": x[:0], "sum": x.sum(), "turned": other.T, "both": (x[0], other.clone())}


def arrays(a):
    return [torch.from_numpy(a), a[::2], a.copy()]
"""

BODIES = [
    'same_structure("Net", 3, inputs=[rand(5, 3)])',
    'same_structure("Net", 3, bias=False, inputs=[rand(5, 3)], submodules=["up", "norm"])',
    'same_structure("Tied", 4, inputs=[rand(6, 4)])',
    'same_structure("Plain")',
    'graph("f", rand(2, 3), rand(3, 2))',
    'graph("f", rand(2, 3), rand(3, 2), compare="set")',
    'graph("f", rand(2, 3), rand(3, 2), compare="edges")',
    'graph("Net", rand(4, 3), init=[3], state=weights("Net", 3))',
    'aliases("views", rand(4, 3), {"y": rand(2, 2)})',
    'aliases("arrays", rand(4).numpy())',
]
NET, TIED, PLAIN, LEAVES, SET, EDGES, VIEWS, ARRAYS = (BODIES[index] for index in (0, 2, 3, 4, 5, 6, 8, 9))
AUTHORS = [
    ('graph("f", rand(2, 3), rand(3, 2), compare="all")', "needs one of leaves, set, names, edges"),
    ('graph("f", torch.ones(2, 3, dtype=torch.int64), 3)', "no floating input"),
    ('aliases("views", 3, 4)', "no input is a tensor or an array"),
    ('same_structure("Net", 3, submodules=["left"])', "the reference has no sub-module `left`"),
    ('same_structure("Net", 3, 4, 5)', "the reference raises in same_structure"),
]
ALL = [*BODIES, *(body for body, _ in AUTHORS)]
PUBLIC = "\n\n".join(
    f"@pytest.mark.task('f')\n@pytest.mark.points(1)\n"
    f"def test_{index}(same_structure, graph, aliases, rand, weights):\n    {body}\n"
    for index, body in enumerate(ALL)
)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    root = tmp_path_factory.mktemp("structure")
    course = Course.make(root, tasks={"f": len(ALL)}, public=PUBLIC, reference=REFERENCE)
    with course.judge() as judge:
        yield judge


@pytest.fixture(scope="module")
def of_reference(judge: Judge) -> dict[str, TestResult]:
    """What the reference gets as a submission."""
    return by_test(judge.grade(REFERENCE))


@pytest.mark.parametrize("body", BODIES)
def test_the_reference_itself_passes(of_reference: dict[str, TestResult], body: str) -> None:
    result = of_reference[f"test_{ALL.index(body)}"]
    assert (result.outcome, result.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(("body", "said"), AUTHORS)
def test_mistakes_of_authors_are_told(of_reference: dict[str, TestResult], body: str, said: str) -> None:
    result = of_reference[f"test_{ALL.index(body)}"]
    assert result.outcome is Outcome.FAULT
    assert said in result.message


CHANGES = [
    (
        NET,
        "self.up = nn.Linear(d, 2 * d",
        "self.upp = self.__dict__['up'] = nn.Linear(d, 2 * d",
        "did you mean that?",
    ),
    (NET, "nn.Linear(d, 2 * d, bias=bias)", "nn.Linear(d, 2 * d, bias=False)", "has no parameter `up.bias`"),
    (NET, "self.down.bias.requires_grad_(False)", "pass", "the parameter `down.bias` is not frozen"),
    (
        NET,
        "self.norm = nn.BatchNorm1d(d)",
        "self.norm = nn.BatchNorm1d(d).double()",
        "float64 instead of torch.float32",
    ),
    (
        NET,
        "nn.BatchNorm1d(d)",
        "nn.BatchNorm1d(d, track_running_stats=False)",
        "has no buffer `norm.running_mean`",
    ),
    (NET, "nn.BatchNorm1d(d)", "nn.BatchNorm1d(d, momentum=0.5)", "after a call in training"),
    (NET, "nn.BatchNorm1d(d)", "nn.BatchNorm1d(d, eps=1e-3)", "in evaluation: wrong values"),
    (NET, "x).relu()", "x).relu().detach()", "no gradient reaches the parameter `up.weight`"),
    (
        TIED,
        "self.b.weight = self.a.weight",
        "pass",
        "`a.weight`, `b.weight` must be one and the same parameter",
    ),
    (TIED, "self.b.weight = ", "self.b.bias = self.a.bias; self.b.weight = ", "and must not be"),
    (
        TIED,
        "nn.Dropout(0.5)",
        "nn.Identity()",
        "in training two calls with other random numbers give the same",
    ),
    (TIED, "self.drop(self.a(x))", "nn.functional.dropout(self.a(x))", "in evaluation: wrong values"),
    (
        PLAIN,
        "nn.Parameter(torch.ones(3))",
        "torch.ones(3)",
        "(it is a plain tensor: make it an nn.Parameter)",
    ),
    (
        PLAIN,
        "self.gain = nn.Parameter(torch.ones(3))",
        "self.register_buffer('gain', torch.ones(3))",
        "(it is a buffer: make",
    ),
    (PLAIN, "torch.ones(3)", "torch.ones(3, 1)", "the shape (3, 1) instead of (3,)"),
    (LEAVES, "x.detach() * 2", "x * 2", "the result has a graph where it must have none"),
    (LEAVES, "@ w,", "@ w.detach(),", "the graph of the result does not reach input 2"),
    (SET, "torch.relu(x)", "x.clamp(min=0)", "the graph lacks ReluBackward0 and has ClampBackward1"),
    (EDGES, "torch.relu(x) @ w", "(w.T @ torch.relu(x).T).T", "the graph"),
    (VIEWS, "x[1:]", "x[1:].clone()", "the result must be a view of input 1, and is not at result['tail']"),
    (VIEWS, "other.T", "other.T.contiguous()", "a view of input 2['y']"),
    (VIEWS, "other.clone()", "other.view(2, 2)", "shares memory with input 2['y']"),
    (ARRAYS, "torch.from_numpy(a)", "torch.tensor(a)", "must be a view of input 1, and is not at result[0]"),
    (ARRAYS, "a.copy()", "a", "and must be independent of it at result[2]"),
]


@pytest.mark.parametrize(("body", "old", "new", "said"), CHANGES)
def test_what_is_wrong_is_said(judge: Judge, body: str, old: str, new: str, said: str) -> None:
    assert old in REFERENCE
    result = by_test(judge.grade(REFERENCE.replace(old, new)))[f"test_{ALL.index(body)}"]
    assert result.outcome is Outcome.FAILED
    assert said in result.message


KEPT = [
    (NET, "self.norm = ", "self.register_buffer('seen', torch.zeros(2), persistent=False); self.norm = "),
    (LEAVES, "torch.relu(x)", "x.clamp(min=0)"),
    (VIEWS, "x[1:]", "x.narrow(0, 1, x.size(0) - 1)"),
    (ARRAYS, "a[::2]", "a.reshape(-1, 2)[:, 0]"),
]


@pytest.mark.parametrize(("body", "old", "new"), KEPT)
def test_another_way_is_as_good(judge: Judge, body: str, old: str, new: str) -> None:
    result = by_test(judge.grade(REFERENCE.replace(old, new)))[f"test_{ALL.index(body)}"]
    assert (result.outcome, result.message) == (Outcome.PASSED, "")


FORGED = [
    ("structure.structure_of.__code__ = (lambda *_: {'parameters': 3}).__code__", PLAIN),
    ("structure.behaviour_of.__code__ = (lambda *_: []).__code__", NET),
    (
        "graphs.Graph.__call__ = lambda *_: {'output': 1, 'attached': [], 'nodes': [[3]], 'reached': []}",
        LEAVES,
    ),
    ("aliasing.Aliases.__call__ = lambda *_: {'before': 1, 'after': [], 'inputs': {}}", VIEWS),
]


@pytest.mark.parametrize(("line", "body"), FORGED)
def test_answers_of_another_form_are_bad_replies(judge: Judge, line: str, body: str) -> None:
    text = f"{REFERENCE}\nfrom grader.worker import aliasing, graphs, structure\n{line}\n"
    assert by_test(judge.grade(text))[f"test_{ALL.index(body)}"].outcome is Outcome.BAD_REPLY
