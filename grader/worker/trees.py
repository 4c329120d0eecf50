"""Tensors inside nested lists, tuples and dictionaries; where asked with names that people can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch


def all_tensors(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor, in a fixed order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from all_tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from all_tensors(item)


def tensors_in(value: Any, path: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor with its path, such as `[0]['weight']`, in a fixed order; the path of `value` is first."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from tensors_in(item, f"{path}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from tensors_in(item, f"{path}[{index}]")


def floating_in(value: Any) -> list[tuple[str, torch.Tensor]]:
    """The tensors that can have a gradient, with their paths."""
    return [(path, one) for path, one in tensors_in(value) if one.is_floating_point()]


def with_tensors(value: Any, change: Callable[[str, torch.Tensor], Any], path: str = "") -> Any:
    """The same structure with each tensor replaced by `change(path, tensor)`; named tuples become tuples."""
    if isinstance(value, torch.Tensor):
        return change(path, value)
    if isinstance(value, Mapping):
        return {key: with_tensors(item, change, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [with_tensors(item, change, f"{path}[{index}]") for index, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def named_inputs(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a call by name: `input 1` and so on, then "input `mask`" for those passed by name."""
    return {
        **{f"input {index + 1}": value for index, value in enumerate(args)},
        **{f"input `{key}`": value for key, value in kwargs.items()},
    }


def copied(value: Any) -> Any:
    """A copy of all tensors as they are now, outside of any graph, that later writes do not reach."""
    return with_tensors(value, lambda _, one: one.detach().clone())


def cotangents(seed: int, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """One fixed random weight, uniform in [-1, 1), for each element; the same wherever it is drawn.

    Summed with these weights, an output of many elements becomes one number whose gradient touches the
    whole Jacobian. Uniform float64 numbers are exact on every machine; normal ones differ in their last bits.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.rand(one.shape, dtype=torch.float64, generator=generator) for one in tensors]
    return [(2 * one - 1).to(tensor.dtype) for one, tensor in zip(drawn, tensors, strict=True)]
