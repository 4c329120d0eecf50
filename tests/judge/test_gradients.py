"""`check_gradients` in a real judge: what it accepts, what it says, and what it asks of authors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.model.outcomes import Outcome
from grader.model.results import TestResult
from tests.judge.course import Course, Judge, by_test

REFERENCE = """
import torch
from torch import nn


def f(x, w=None, p=0.0):
    y = torch.tanh(x) * (1 if w is None else w)
    return y if p == 0 else torch.dropout(y, p, True)


def rectify(x):
    return x.clamp(min=0)


def nested(pair, table):
    return {"sum": pair[0] + table["w"], "count": torch.tensor(3), "seen": pair[1].detach() * 2}


def rounded(x):
    return x + (x.round() - x).detach()


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad


class Norm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(d))
        self.register_buffer("mean", torch.zeros(d))
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.mean += 0.1 * (x.detach().mean(0) - self.mean)
        return (x - self.mean) * self.gain
"""


RIGHT = [
    'check_gradients("f", rand(3, 2))',
    'check_gradients("f", rand(3, 2), w=rand(3, 2), wrt="w")',
    'check_gradients("f", rand(2), rand(2), wrt=[0, 1])',
    'check_gradients("f", rand(40), p=0.5)',
    'check_gradients("f", rand(), wrt="inputs")',
    'check_gradients("f", rand(0, 3))',
    'check_gradients("f", rand(200, 200), directions=1)',
    'check_gradients("f", rand(5, dtype=torch.float32), against="reference")',
    'check_gradients("rectify", rand(500))',
    'check_gradients("rectify", rand(500), against="differences")',
    'check_gradients("nested", [rand(3), rand(3)], {"w": rand(3)})',
    'check_gradients("rounded", 3 * rand(4), against="reference")',
    'check_gradients("Double", rand(2, 2))',
    'check_gradients("Double", rand(2))',
    'check_gradients("Double", rand(2, 2), against="differences")',
    'check_gradients("f", rand(3), against="differences")',
    'check_gradients("Norm", rand(4, 2), init=[2], state=weights("Norm", 2))',
    'check_gradients("Norm", rand(4, 2), init=[2], state=weights("Norm", 2), train=True, wrt="parameters")',
    'check_gradients("Norm", rand(4, 2), init={"d": 2}, wrt="inputs")',
    'check_gradients("Norm", rand(4, 2), init=[2], state=weights("Norm", 2), wrt="gain")',
    "check_gradients(tangent, rand(4, requires_grad=True), rand(4))",
]


F = "import torch\n\n\ndef f(x, w=None, p=0.0):\n    "
WRONG = [
    (F + "return torch.tanh(x.detach())", "cut from the graph"),
    (F + "return torch.tanh(x)[:2]", "wrong shape: (2, 2) instead of (3, 2) (the output itself"),
    (
        F + "y = torch.tanh(x); y.sum().backward(retain_graph=True); return y",
        "itself writes into the .grad of input 1",
    ),
    (F + "return torch.tanh(x.detach()) + 0 * x.sum()", "the gradient by input 1: wrong values"),
    (F + "return torch.tanh(x.detach()).requires_grad_()", "no gradient reaches input 1"),
    (F + "y = 2 * torch.tanh(x); return y - torch.tanh(x.detach())", "is twice the right one"),
    (F + "return torch.tanh(x) if x.abs().sum() * 1e4 % 1 < 0.5 else x", "wrong"),
    (
        F + "f.n = getattr(f, 'n', 0) + 1; return torch.tanh(x) * (1 if f.n == 1 else 1 + 1e-5)",
        "gives another output",
    ),
    (F + "return None", "the result is None instead of a tensor"),
]


AUTHORS = [
    ('check_gradients("f", rand(2), wrt="v")', "wrt='v' is no floating input and no parameter; there are 0,"),
    ('check_gradients("f", rand(2), wrt=[])', "wrt is empty"),
    ('check_gradients("f", rand(2), wrt="parameters")', "needs state=weights(...)"),
    ('check_gradients("f", rand(2), against="me")', "needs one of both, reference, differences"),
    ('check_gradients("f", rand(2), directions=0)', "needs one at least"),
    ('check_gradients("f", rand(2, dtype=torch.float32))', "derivatives are measured in float64 only"),
    ('check_gradients("f", torch.ones(2, dtype=torch.int64))', "no input is a floating tensor"),
    ('check_gradients("f", "text")', "no input is a floating tensor"),
    ("check_gradients(tangent, rand(2), init=[])", "go with a class's name"),
    ('check_gradients("rounded", rand(2))', "is not the derivative of what the forward pass computes"),
]


BODIES = [*RIGHT, *(body for body, _ in AUTHORS)]
PUBLIC = """
def tangent(submission, x, v):
    y = submission.f(x)
    return torch.autograd.grad(y, x, v, create_graph=True)[0]


""" + "\n\n".join(
    f"@pytest.mark.task('f')\n@pytest.mark.points(1)\n"
    f"def test_{index}(check_gradients, rand, weights):\n    {body}\n"
    for index, body in enumerate(BODIES)
)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    root = tmp_path_factory.mktemp("gradients")
    course = Course.make(root, tasks={"f": len(BODIES)}, public=PUBLIC, reference=REFERENCE)
    with course.judge() as judge:
        yield judge


@pytest.fixture(scope="module")
def of_reference(judge: Judge) -> dict[str, TestResult]:
    """What the reference gets as a submission."""
    return by_test(judge.grade(REFERENCE))


def taken(judge: Judge, submission: str, body: str = 'check_gradients("f", rand(3, 2))') -> TestResult:
    """What a submission gets in the test with this body."""
    return by_test(judge.grade(submission))[f"test_{BODIES.index(body)}"]


@pytest.mark.parametrize("body", RIGHT)
def test_the_reference_itself_passes(of_reference: dict[str, TestResult], body: str) -> None:
    result = of_reference[f"test_{BODIES.index(body)}"]
    assert (result.outcome, result.message) == (Outcome.PASSED, "")


@pytest.mark.parametrize(("body", "said"), AUTHORS)
def test_mistakes_of_authors_are_told(of_reference: dict[str, TestResult], body: str, said: str) -> None:
    result = of_reference[f"test_{BODIES.index(body)}"]
    assert result.outcome is (Outcome.FAILED if "derivative of what" in said else Outcome.FAULT)
    assert said in result.message


@pytest.mark.parametrize(("submission", "said"), WRONG)
def test_what_is_wrong_is_said(judge: Judge, submission: str, said: str) -> None:
    result = taken(judge, submission)
    assert result.outcome is Outcome.FAILED
    assert said in result.message


def test_a_lying_backward_is_told_what_the_forward_pass_says(judge: Judge) -> None:
    lie = REFERENCE.replace("return 2 * grad", "return 3 * grad")
    result = taken(judge, lie, 'check_gradients("Double", rand(2, 2))')
    assert "the gradient by input 1: wrong values" in result.message
    assert "your own forward pass: along a random direction" in result.message


def test_measured_alone_a_lying_backward_is_found(judge: Judge) -> None:
    lie = REFERENCE.replace("return 2 * grad", "return 2.01 * grad")
    result = taken(judge, lie, 'check_gradients("Double", rand(2, 2), against="differences")')
    assert "is not the derivative of what the forward pass computes" in result.message


def test_a_function_where_a_subclass_of_function_is_asked_for(judge: Judge) -> None:
    plain = "def Double(x):\n    return 2 * x\n"
    result = taken(judge, plain, 'check_gradients("Double", rand(2))')
    assert "no subclass of torch.autograd.Function" in result.message


def test_jumps_everywhere_are_no_way_around_measuring(judge: Judge) -> None:
    noisy = F + "return torch.tanh(x) + (x.detach() * 1e7).sin()"
    result = taken(judge, noisy, 'check_gradients("f", rand(3), against="differences")')
    assert "there is no derivative to measure" in result.message


@pytest.mark.parametrize("key", ["values", "grads", "attached", "left", "kind"])
def test_answers_of_another_form_are_bad_replies(judge: Judge, key: str) -> None:
    forged = REFERENCE + (
        "\nfrom grader.worker.gradients import Gradients\n"
        "honest = Gradients.__call__\n"
        f"Gradients.__call__ = lambda *args: honest(*args) | {{{key!r}: [None]}}\n"
    )
    result = taken(judge, forged)
    assert result.outcome is (Outcome.FAILED if key in ("kind", "attached") else Outcome.BAD_REPLY)
