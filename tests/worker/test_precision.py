"""A program beside itself in doubles: the program itself is undisturbed, and the doubles are exact."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from grader.worker.precision import Precise, Threaded
from grader.worker.shadows import Shadows

MODULE = ModuleType("hw")


def precise(program: Any, *inputs: Any, seed: int = 0) -> Any:
    """The program's result, computed in doubles."""
    torch.manual_seed(seed)
    return Precise(lambda _, *args: program(*args))(MODULE, *inputs)


def plainly(program: Any, *inputs: Any, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return program(*inputs)


def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-2, -1) / q.size(-1) ** 0.5, dim=-1) @ v


def in_place(x, *_):
    y = x.clone()
    y[0] *= 3
    y[:, 1].exp_()
    torch.add(y, 0.1, out=y)
    y.view(-1)[::2].div_(3)
    return y


def foreach(x, *_):
    parts = [row.clone() for row in x]
    torch._foreach_mul_(parts, 0.3)
    return torch.stack(parts)


def through_complex(x, *_):
    turned = torch.view_as_complex(x.reshape(len(x), -1, 2).contiguous()) * torch.exp(torch.tensor(0.5j))
    return torch.view_as_real(turned).flatten(1)


def mapped(x, *_):
    return torch.vmap(lambda row: row.softmax(0) / 3)(x)


def fused(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("program", [attention, in_place, foreach, mapped, fused])
def test_it_is_what_the_program_gives_in_doubles(program: Any, dtype: torch.dtype) -> None:
    inputs = [torch.randn(4, 6, generator=torch.Generator().manual_seed(n)).to(dtype) for n in range(3)]
    found = precise(program, *inputs)
    exact = program(*(one.double() for one in inputs))
    assert found.dtype == dtype
    assert torch.equal(found, exact.to(dtype))


def test_quotients_of_whole_numbers_are_doubles_too() -> None:
    found = precise(lambda x: x * (torch.arange(6) / 7), torch.full((6,), 0.3))
    exact = torch.full((6,), 0.3).double() * (torch.arange(6).double() / 7)
    assert torch.equal(found, exact.float())


def test_complex_numbers_keep_their_doubles() -> None:
    x = torch.randn(4, 6)
    found, exact = precise(through_complex, x), through_complex(x.double())
    assert (found - exact).abs().max() < 1e-7


def test_single_precision_differs_from_it() -> None:
    """The measurement is of something: a long sum in float32 is off, and its doubles are not."""
    x = torch.rand(100_000)
    found = precise(lambda x: x.cumsum(0)[-1], x)
    assert abs(found - x.double().sum()) <= abs(x.cumsum(0)[-1] - x.double().sum())
    assert found == x.double().sum().float()


def train(x):
    model = nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "state": model.state_dict(), "kind": type(model[0].weight).__name__}


def test_a_model_made_inside_trains_on_the_same_random_numbers() -> None:
    """Initial weights and dropout's masks are drawn in float32 as ever: redrawn ones would be far off."""
    x = torch.randn(5, 6)
    found, usual = precise(train, x), plainly(train, x)
    assert found["kind"] == "Parameter"
    assert found["losses"] == pytest.approx(usual["losses"], rel=1e-4)
    assert found["losses"] != usual["losses"]
    for name, value in usual["state"].items():
        assert torch.allclose(found["state"][name], value, atol=1e-4), name


def test_the_program_itself_is_undisturbed() -> None:
    x, seen = torch.randn(5, 6), {}

    def watched(x):
        seen.update(train(x))
        return seen["losses"], x.numpy().sum(), x.data_ptr() == x.view(-1).data_ptr()

    _, total, shares = precise(watched, x)
    for name, value in plainly(train, x)["state"].items():
        assert torch.equal(seen["state"][name], value)
    assert (total, shares) == (x.numpy().sum(), True)


def test_writes_happen_once() -> None:
    """Whole numbers have no doubles, and yet are not counted twice."""

    def count(x):
        n = torch.zeros(3, dtype=torch.int64)
        n.add_(1)
        n[1] += 2
        return n, x.add_(1)

    n, x = precise(count, torch.zeros(2))
    assert n.tolist() == [1, 3, 1] and x.tolist() == [1, 1]


def test_inputs_that_are_written_to_hold_the_doubles() -> None:
    x = torch.full((4,), 0.1)
    precise(lambda x: x.mul_(3).div_(7).mul_(1e-3), x)
    assert torch.equal(x, (torch.full((4,), 0.1).double() * 3 / 7 * 1e-3).float())


def test_a_choice_that_rounding_turns_is_followed() -> None:
    """1 + 1e-8 is 1 in float32: the argmax is a tie that only doubles decide."""
    found = precise(lambda x: (x + 1).argmax(), torch.tensor([0.0, 1e-8]))
    assert (found.item(), (torch.tensor([0.0, 1e-8]) + 1).argmax().item()) == (1, 0)


def test_double_precision_is_left_as_it_is() -> None:
    inputs = [torch.randn(3, 4, dtype=torch.float64) for _ in range(3)]
    assert torch.equal(precise(attention, *inputs), attention(*inputs))


def test_its_exceptions_are_the_programs_own() -> None:
    with pytest.raises(ValueError, match="no rows"):
        precise(lambda x: (_ for _ in ()).throw(ValueError("no rows")), torch.ones(2))


@given(st.lists(st.sampled_from(["exp_", "sigmoid", "half", "T", "chunk", "sum", "sort"]), max_size=6))
@settings(deadline=None, max_examples=40)
def test_any_chain_keeps_shape_dtype_and_nearness(steps: list[str]) -> None:
    """Views, casts and writes in place, in any order."""
    moves = {
        "exp_": lambda x: x.clone().clamp(-1, 1).exp_(),
        "sigmoid": torch.sigmoid,
        "half": lambda x: (x / 2).to(torch.float32),
        "T": lambda x: x.mT,
        "chunk": lambda x: torch.cat(x.chunk(2)[::-1]),
        "sum": lambda x: x + x.sum(0, keepdim=True) / 10,
        "sort": lambda x: x.sort(0).values,
    }

    def program(x):
        for step in steps:
            x = moves[step](x)
        return x

    x = torch.randn(4, 4, generator=torch.Generator().manual_seed(len(steps)))
    found, usual = precise(program, x.clone()), program(x.clone())
    assert (found.shape, found.dtype) == (usual.shape, usual.dtype)
    assert torch.allclose(found, usual, rtol=1e-5, atol=1e-5)


def test_shadows_of_dead_tensors_are_forgotten() -> None:
    shadows = Shadows()
    with shadows:
        for _ in range(2000):
            torch.ones(3) * 0.5
    assert len(shadows._kept) < 1000


def test_threads_are_what_they_were_afterwards() -> None:
    before = torch.get_num_threads()
    seen = Threaded(lambda _: torch.get_num_threads(), 2)(MODULE)
    assert (seen, torch.get_num_threads()) == (2, before)
