"""What is seen of shared memory, by writing, for every kind of tensor and array."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.worker.aliasing import Aliases

X = torch.arange(12.0).reshape(3, 4)


def evidence(function: Any, x: Any, other: Any = None, place: float = 0.5) -> dict[str, Any]:
    """What the probe tells of a function of one input."""
    submission = cast(ModuleType, SimpleNamespace(f=function))
    contents = {"input 1": x + 5 if other is None else other}
    return cast(dict[str, Any], Aliases("f")(submission, [x], {}, contents, place, 3))


VIEWS = {
    "part": lambda x: x[1:],
    "transpose": lambda x: x.T,
    "every other": lambda x: x[::2, 1::2],
    "expanded": lambda x: x[:1].expand(4, -1),
    "diagonal": lambda x: x.diagonal(),
    "flat": lambda x: x.view(-1),
    "unfolded": lambda x: x.unfold(1, 2, 1),
    "one element": lambda x: x[1, 2],
    "itself": lambda x: x,
    "as an array": lambda x: x.numpy(),
    "detached": lambda x: x.detach(),
}
COPIES = {
    "clone": lambda x: x.clone(),
    "by a list": lambda x: x[[0, 1]],
    "repeated": lambda x: x.repeat(2, 1),
    "computed": lambda x: x * 1,
    "on writing": lambda x: torch._lazy_clone(x),
}


@pytest.mark.parametrize("name", VIEWS)
@given(place=st.floats(0, 1, exclude_max=True))
def test_a_view_shows_every_write(name: str, place: float) -> None:
    told = evidence(VIEWS[name], X, place=place)
    after = torch.as_tensor(told["after"]["input 1"][""])
    assert torch.equal(after, torch.as_tensor(told["before"]) + 5)
    changed = told["inputs"][""]["input 1"] != X + 5
    assert changed.sum() == 1
    assert (told["inputs"][""]["input 1"] - X - 5)[changed].item() == 3


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_shows_none(name: str) -> None:
    told = evidence(COPIES[name], X)
    assert torch.equal(told["after"]["input 1"][""], told["before"])
    assert torch.equal(told["inputs"][""]["input 1"], X + 5)


def test_a_copy_that_only_reads_like_a_view_is_told_by_the_write_back() -> None:
    class Again(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if function is torch.Tensor.detach:
                return args[0].source.detach().clone()
            return super().__torch_function__(function, types, args, kwargs or {})  # type: ignore[no-untyped-call]

    def pretends(x: torch.Tensor) -> torch.Tensor:
        value = x.clone().as_subclass(Again)
        value.source = x  # type: ignore[attr-defined]
        return value

    told = evidence(pretends, X)
    assert torch.equal(told["inputs"][""]["input 1"], X + 5)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.complex64])
def test_other_dtypes(dtype: torch.dtype) -> None:
    x = X.to(dtype)
    told = evidence(lambda x: [x[0], x.clone()], x, ~x if dtype is torch.bool else x + 5)
    shared = [
        bool((told["inputs"][path]["input 1"] != told["inputs"]["[1]"]["input 1"]).any())
        for path in ("[0]", "[1]")
    ]
    assert shared == [True, False]


def test_arrays_share_with_tensors() -> None:
    array = np.arange(6.0)
    told = evidence(lambda a: {"view": torch.from_numpy(a), "copy": torch.tensor(a)}, array)
    assert told["after"]["input 1"]["['view']"].tolist() == (array + 5).tolist()
    assert told["after"]["input 1"]["['copy']"].tolist() == array.tolist()


def test_empty_tensors_and_leaves_are_no_trouble() -> None:
    assert evidence(lambda x: x[:0], X)["after"]["input 1"][""].shape == (0, 4)
    leaf = X.clone().requires_grad_()
    told = evidence(lambda x: x.unbind()[0], leaf, X + 5)
    assert torch.equal(told["after"]["input 1"][""], X[0] + 5)


def test_inputs_are_left_alone() -> None:
    before = X.clone()
    evidence(VIEWS["itself"], X)
    assert torch.equal(X, before)
