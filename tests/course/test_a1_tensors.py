"""Assignment 1: what the reference says of strides is what torch says."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.modules import load_module

ROOT = Path(__file__).resolve().parents[2]
NAME = "a1_tensors"
SHAPES = st.lists(st.integers(0, 5), max_size=5).map(tuple)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape with right strides, with some of them replaced, or with any."""
    shape = draw(SHAPES)
    right = torch.empty(shape, device="meta").stride()
    return shape, tuple(draw(st.sampled_from([step, step, draw(st.integers(0, 9))])) for step in right)


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The reference as a module of its own."""
    return load_module("a1_reference", ROOT / "solutions" / NAME / "tensors.py")


@given(shape=SHAPES)
def test_strides_are_those_of_torch(reference: ModuleType, shape: tuple[int, ...]) -> None:
    assert reference.contiguous_strides(shape) == torch.empty(shape, device="meta").stride()


@given(layout=layouts())
def test_contiguity_is_that_of_torch(
    reference: ModuleType, layout: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    wanted = torch.empty_strided(*layout, device="meta").is_contiguous()
    assert reference.is_contiguous_by_hand(*layout) is wanted
