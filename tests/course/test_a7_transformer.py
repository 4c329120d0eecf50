"""Assignment 7: the reference's layers are those of torch, and what is given is assignment 6's."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.modules import load_module

ROOT = Path(__file__).resolve().parents[2]
NAME = "a7_transformer"
SOLUTIONS = ROOT / "solutions" / NAME


@pytest.fixture
def solution() -> ModuleType:
    """The reference."""
    return load_module("a7_reference", SOLUTIONS / "transformer.py")


@pytest.fixture
def starter() -> ModuleType:
    """The starter."""
    return load_module("a7_starter", ROOT / "assignments" / NAME / "transformer.py")


@pytest.mark.parametrize("seed", range(3))
def test_the_attention_that_is_given_is_the_one_of_assignment_6(starter: ModuleType, seed: int) -> None:
    """Whoever failed there begins here with the same function, weights by the same names."""
    torch.manual_seed(seed)
    a6 = load_module("a6_reference", ROOT / "solutions" / "a6_attention" / "attention.py")
    given, earlier = starter.MultiHeadAttention(8, 2).double(), a6.MultiHeadAttention(8, 2).double()
    given.load_state_dict(earlier.state_dict())
    x, memory = torch.randn(3, 4, 8).double(), torch.randn(3, 5, 8).double()
    mask = torch.rand(3, 1, 4, 5) > 0.5  # some rows may be hidden as a whole
    for one, other in zip(given(x, memory, memory, mask), earlier(x, memory, memory, mask), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    ids = torch.randint(0, 3, (2, 6))
    assert torch.equal(starter.padding_mask(ids, 1), a6.padding_mask(ids, 1))
    assert torch.equal(starter.causal_mask(5), a6.causal_mask(5))


def into_torch(theirs: nn.MultiheadAttention, ours: nn.Module) -> None:
    """The weights of our attention in torch's, which has biases where we have none."""
    weights = ours.state_dict()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([weights[f"W_{one}.weight"] for one in "qkv"]))
        theirs.in_proj_bias.zero_()
        theirs.out_proj.load_state_dict({key: weights[f"W_h.{key}"] for key in ("weight", "bias")})


def into_layer(theirs: nn.Module, ours: nn.Module, norms: int) -> None:
    """The network and the norms of our layer in torch's."""
    theirs.linear1.load_state_dict(ours.cnn.k1convL1.state_dict())
    theirs.linear2.load_state_dict(ours.cnn.k1convL2.state_dict())
    for number in range(1, norms + 1):
        norm = getattr(ours, f"layernorm{number}")
        nn.init.normal_(norm.weight)
        getattr(theirs, f"norm{number}").load_state_dict(norm.state_dict())


def hidden(B: int, N: int) -> Tensor:
    """torch's padding mask: True = hidden; some of each sentence but the first token."""
    mask = torch.rand(B, N) > 0.6
    mask[:, 0] = False
    return mask


@pytest.mark.parametrize("seed", range(3))
def test_encoder_layer_is_that_of_torch(solution: ModuleType, seed: int) -> None:
    torch.manual_seed(seed)
    ours = solution.EncoderLayer(8, 2, 12).double()
    theirs = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, batch_first=True).double()
    into_torch(theirs.self_attn, ours.mha)
    into_layer(theirs, ours, norms=2)
    x, padding = torch.randn(3, 5, 8).double(), hidden(3, 5)
    expected = theirs(x, src_key_padding_mask=padding)
    torch.testing.assert_close(ours(x, ~padding[:, None, None]), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_decoder_layer_is_that_of_torch(solution: ModuleType, seed: int) -> None:
    torch.manual_seed(seed)
    ours = solution.DecoderLayer(8, 2, 12).double()
    theirs = nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0, batch_first=True).double()
    into_torch(theirs.self_attn, ours.self_mha)
    into_torch(theirs.multihead_attn, ours.cross_mha)
    into_layer(theirs, ours, norms=3)
    x, memory = torch.randn(3, 5, 8).double(), torch.randn(3, 4, 8).double()
    future, own, other = torch.ones(5, 5, dtype=torch.bool).triu(1), hidden(3, 5), hidden(3, 4)
    expected = theirs(x, memory, tgt_mask=future, tgt_key_padding_mask=own, memory_key_padding_mask=other)
    found = ours(x, memory, ~other[:, None, None], ~own[:, None, None])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_a_linear_map_of_patches_is_a_convolution(solution: ModuleType) -> None:
    """The first layer of a vision Transformer."""
    img, weight = torch.randn(2, 3, 8, 12).double(), torch.randn(5, 3, 4, 4).double()
    found = F.linear(solution.patchify(img, 4), weight.flatten(1))
    expected = F.conv2d(img, weight, stride=4).flatten(2).mT
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    assert solution.patchify(torch.zeros(1, 1, 224, 224), 16).size(1) == 196


def test_the_lectures_numbers(solution: ModuleType) -> None:
    """Row 1 for d = 4 and 5, the classifier's size, the norm of 1, 2, 3, 4, and the window's 13 pairs."""
    rows = [solution.positional_encoding(2, d)[1] for d in (4, 5)]
    torch.testing.assert_close(rows[0], torch.tensor([0.8415, 0.5403, 0.0100, 0.99995]), rtol=0, atol=6e-5)
    expected = torch.tensor([0.8415, 0.5403, 0.0251, 0.9997, 0.0006])
    torch.testing.assert_close(rows[1], expected, rtol=0, atol=6e-5)
    model = solution.TransformerClassifier(1, 32, 2, 128, 50002, 2)
    sizes = [parameter.numel() for parameter in model.parameters()]
    assert (sum(sizes), len(sizes)) == (1_612_802, 18)
    norm = solution.LayerNormScratch(4)(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    torch.testing.assert_close(norm, torch.tensor([-1.3416, -0.4472, 0.4472, 1.3416]), rtol=0, atol=6e-5)
    turned = solution.rope(torch.tensor([[1.0, 0.0, 1.0, 0.0]]), torch.tensor([1]))
    torch.testing.assert_close(turned, torch.tensor([[0.5403, 0.8415, 0.99995, 0.0100]]), rtol=0, atol=6e-5)
    assert solution.window_mask(5, 1).sum() == 13
