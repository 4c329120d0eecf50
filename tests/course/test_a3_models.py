"""Assignment 3: each bug of the hunts is graded by itself, and the reference does what torch does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result
from tests.modules import load_module

pytestmark = pytest.mark.usefixtures("one_fork_server")

ROOT = Path(__file__).resolve().parents[2]
NAME = "a3_models"
SOLUTIONS = ROOT / "solutions" / NAME

PERCEPTRON = {
    "constructor": ("def __self__(self)", "def __init__(self)"),
    "name": ("self.i5 = ", "self.l5 = "),
    "activation": ("x = self.l3(x)", "x = F.relu(self.l3(x))"),
    "softmax": ("return F.softmax(self.l5(x), dim=-1)", "return self.l5(x)"),
    "batch": ("x = x.view(-1, 784)", "x = x.reshape(x.size(0), 784)"),
}
STATE = {
    "own": (
        "    found: dict[str, Tensor] = {}\n",
        "    own = {**model._parameters, **model._buffers}\n"
        "    found = {prefix + name: value.detach() for name, value in own.items() if value is not None}\n",
    ),
    "dots": ("my_state_dict(module, prefix + name)", 'my_state_dict(module, prefix + name + ".")'),
}
SEEN = {
    "": set(),
    "constructor": {"test_mlp_first_layers"},
    "constructor name": {"test_mlp_first_layers", "test_mlp_last_layer"},
    "constructor name activation": {
        "test_mlp_first_layers",
        "test_mlp_last_layer",
        "test_mlp_order_of_digits",
    },
    "constructor name softmax": {"test_mlp_first_layers", "test_mlp_last_layer", "test_mlp_logits"},
    "constructor name batch": {"test_mlp_first_layers", "test_mlp_last_layer", "test_mlp_channels"},
    "own": {"test_state_of_one_module", "test_state_is_the_models_own"},
    "dots": set(),
    "own dots": {"test_state_of_one_module", "test_state_of_a_tree", "test_state_is_the_models_own"},
}
"""What was mended in the starter, and which tests of the task then pass."""


def mended(names: Iterable[str]) -> dict[str, bytes]:
    """The starter with some of its bugs mended."""
    text = (ROOT / "assignments" / NAME / "models.py").read_text(encoding="utf-8")
    for name in names:
        wrong, right = (PERCEPTRON | STATE)[name]
        assert text.count(wrong) == 1, f"the starter does not have the bug {name!r} once"
        text = text.replace(wrong, right)
    return {"models.py": text.encode()}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """What each mended starter earns in the two hunts, by one judge."""
    found: dict[str, Result] = {}

    def grade(judge: OpenJudge) -> None:
        examiner = Examiner(judge, run="hunts")
        hunts = tuple(spec.id for spec in judge.session.specs if spec.task in ("MLP", "my_state_dict"))
        for names in SEEN:
            files = mended(names.split())
            one = Submission(student=names, path=names, digest="", files=files, only=hunts)
            found[names] = examiner.grade(one)

    open_judge(Order(root=str(ROOT), assignment=NAME, run="hunts", seed=7), grade)
    return found


@pytest.mark.parametrize("names", SEEN, ids=lambda names: names or "nothing")
def test_each_bug_is_graded_by_itself(results: dict[str, Result], names: str) -> None:
    """A mended bug earns the points of its own test, whatever else is still wrong."""
    passed = {test.id for test in results[names].tests if test.outcome is Outcome.PASSED}
    assert {test.partition("::")[2] for test in passed} == SEEN[names]


@pytest.fixture(scope="module")
def solution() -> ModuleType:
    """The reference as a module of its own."""
    return load_module("a3_reference", SOLUTIONS / "models.py")


@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 5),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
    ceil=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_sizes_are_those_of_torch(
    solution: ModuleType, size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool
) -> None:
    """Rounded down as a convolution, rounded up as a pooling, wherever torch accepts the sizes."""
    assume(dilation * (kernel - 1) + 1 <= size + 2 * padding)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    x = torch.zeros(1, 1, size)
    if ceil:
        assume(padding <= kernel // 2)
        wanted = F.max_pool1d(x, kernel, ceil_mode=True, **options)
    else:
        wanted = F.conv1d(x, torch.zeros(1, 1, kernel), **options)
    assert solution.conv_out(size, kernel, ceil=ceil, **options) == wanted.size(-1)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_convolution_is_that_of_torch(solution: ModuleType, stride: int, padding: int) -> None:
    x, w, b = (torch.randn(*shape, dtype=torch.float64) for shape in ((2, 3, 7, 9), (4, 3, 2, 3), (4,)))
    wanted = F.conv2d(x, w, b, stride, padding)
    torch.testing.assert_close(solution.conv2d_scratch(x, w, b, stride, padding), wanted)


def test_batch_norm_is_that_of_torch(solution: ModuleType) -> None:
    """Outputs and buffers over three batches, then evaluation."""
    own, other = solution.MyBatchNorm1d(4).double(), nn.BatchNorm1d(4).double()
    for size in (2, 5, 3):
        x = 1 + 2 * torch.randn(size, 4, dtype=torch.float64)
        torch.testing.assert_close(own(x), other(x))
    torch.testing.assert_close(dict(own.state_dict()), dict(other.state_dict()))
    x = torch.randn(1, 4, dtype=torch.float64)
    torch.testing.assert_close(own.eval()(x), other.eval()(x))


def test_state_is_that_of_torch(solution: ModuleType) -> None:
    """Nested modules, buffers, a layer without bias, and one layer under two names."""
    layer = nn.Linear(3, 3, bias=False)
    model = nn.ModuleDict({"first": layer, "norm": nn.Sequential(nn.BatchNorm1d(3)), "again": layer})
    found = solution.my_state_dict(model)
    assert found.keys() == model.state_dict().keys()
    assert all(found[name].data_ptr() == value.data_ptr() for name, value in model.state_dict().items())
