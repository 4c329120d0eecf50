"""What is recorded of a call: operations, what leaves torch and what enters it, watched names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grader.worker.recording import Recording, recorder

X = torch.arange(12, dtype=torch.float64).view(3, 4)


def recorded(function: Callable[[], Any], **recording: Any) -> dict[str, Any]:
    seen, around = recorder(Recording(**recording), [__file__], probe=False)
    assert seen is not None
    with around:
        value = function()
    seen.result(value, ModuleType("hw"))
    return seen.record()


def counted(function: Callable[[], Any]) -> dict[str, Any]:
    facts: dict[str, Any] = recorded(function, operations=True)["operations"]
    return facts


def test_operations_are_counted_by_name_without_overload() -> None:
    facts = counted(lambda: (X.mT @ X).add_(1).sum())
    assert facts["ops"] == {"transpose": 1, "mm": 1, "add_": 1, "sum": 1}
    assert facts["largest_numel"] == 16
    assert facts["flops"] == 2 * 4 * 3 * 4
    assert facts["peak_bytes"] == (16 + 1) * 8
    assert facts["brought_in"] == facts["taken_out"] == 0


def test_peak_memory_falls_when_a_tensor_goes() -> None:
    def work() -> Tensor:
        for _ in range(5):
            big = torch.ones(1000)
            del big
        return X + 1

    assert counted(work)["peak_bytes"] == 4000


def test_views_take_no_memory_and_inputs_do_not_count() -> None:
    assert counted(lambda: X.view(4, 3).t()[1:])["peak_bytes"] == 0


@pytest.mark.parametrize(
    "function",
    [
        lambda: X.tolist(),
        lambda: X.numpy().sum(),
        lambda: __import__("numpy").asarray(X).sum(),
        lambda: X.data_ptr(),
        lambda: X.untyped_storage().nbytes(),
    ],
    ids=["tolist", "numpy", "asarray", "data_ptr", "storage"],
)
def test_elements_that_leave_torch_are_counted(function: Callable[[], Any]) -> None:
    assert counted(function)["taken_out"] == X.numel()


def test_item_is_an_operation_each() -> None:
    assert counted(lambda: [x.item() for x in X[0]])["ops"]["_local_scalar_dense"] == 4


def off() -> Tensor:
    from torch.utils._python_dispatch import _disable_current_modes

    with _disable_current_modes():
        return X * 2


def in_thread() -> Tensor:
    done: list[Tensor] = []
    thread = threading.Thread(target=lambda: done.append(X * 2))
    thread.start()
    thread.join()
    return done[0]


@pytest.mark.parametrize(
    "function",
    [lambda: torch.tensor(X.numpy().tolist()), lambda: torch.from_numpy(X.numpy() * 2), off, in_thread],
    ids=["list", "numpy", "modes off", "thread"],
)
def test_tensors_that_no_recorded_operation_made_are_counted(function: Callable[[], Any]) -> None:
    assert counted(function)["brought_in"] == X.numel()
    assert counted(lambda: function() + 0 * X)["brought_in"] == X.numel()


def test_what_was_there_before_does_not_count_as_brought_in() -> None:
    layer = nn.Linear(4, 2).double()
    assert counted(lambda: layer(X))["brought_in"] == 0
    assert counted(lambda: torch.where(X > 0, X, 0.0) ** torch.tensor(2.0))["brought_in"] == 0


def test_printing_is_not_counted() -> None:
    assert counted(lambda: (repr(X), f"{X}", f"{X[0, 0]:.3f}"))["taken_out"] == 0
    assert sum(counted(lambda: (repr(X), f"{X}"))["ops"].values()) == 0


def test_a_loop_in_the_text_of_an_own_object_is_counted() -> None:
    class Sly:
        def __repr__(self) -> str:
            return str(sum(x.sum().item() for x in X))

    assert counted(lambda: repr(Sly()))["ops"]["sum"] == 3


def test_gradients_are_off_unless_the_target_turns_them_on() -> None:
    leaf = X.clone().requires_grad_()

    def backward() -> Tensor | None:
        with torch.enable_grad():
            (leaf * leaf).sum().backward()
        return leaf.grad

    assert not recorded(lambda: None, operations=True)["seen"]
    _, around = recorder(Recording(operations=True), [], probe=False)
    with around:
        assert not (leaf * 2).requires_grad
    assert counted(backward)["ops"]["mul"] >= 2


def test_a_function_vmapped_counts_once() -> None:
    assert sum(counted(lambda: torch.vmap(lambda row: row / row.sum())(X))["ops"].values()) < 6


def test_on_the_meta_device_only_shapes_come_back() -> None:
    seen, around = recorder(Recording(operations=True, device="meta"), [], probe=False)
    assert seen is not None
    (x,) = seen.moved((X,))
    with around:
        value = {"sum": [x.sum(0) + torch.ones(4)]}
        with pytest.raises(RuntimeError, match="meta"):
            x.sum().item()
    outline = seen.result(value, ModuleType("hw"))
    assert outline == {"sum": [{"shape": (4,), "dtype": torch.float64}]}
