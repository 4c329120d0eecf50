"""Tensors are found, named and replaced wherever they lie in a structure."""

from __future__ import annotations

import torch

from grader.worker.trees import all_tensors, tensors_in, with_tensors

ONE, OTHER = torch.zeros(1), torch.zeros(2)
NESTED = {"a": (1, [ONE]), "b": OTHER, "c": "text"}


def test_every_tensor_is_found_in_a_fixed_order() -> None:
    assert [tensor.numel() for tensor in all_tensors(NESTED)] == [1, 2]


def test_paths_are_written_as_one_would_index() -> None:
    assert [path for path, _ in tensors_in(NESTED)] == ["['a'][1][0]", "['b']"]


def test_replacing_keeps_the_structure_around() -> None:
    replaced = with_tensors(NESTED, lambda path, tensor: (path, tensor.numel()))
    assert replaced == {"a": (1, [("['a'][1][0]", 1)]), "b": ("['b']", 2), "c": "text"}
