"""Assignment 5: the reference computes and counts what torch does, and prints the lecture's table."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from tests.modules import load_module

ROOT = Path(__file__).resolve().parents[2]
NAME = "a5_recurrent"


@pytest.fixture(scope="module")
def solution() -> ModuleType:
    """The reference as a module of its own."""
    return load_module("a5_reference", ROOT / "solutions" / NAME / "recurrent.py")


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
