"""Tensors on any device."""

from torch import Tensor, device


def move(values: list[Tensor], to: device) -> list[Tensor]:
    """The tensors of a list on the device `to`, in their order, as a new list; the list stays as it is."""
    raise NotImplementedError


def scale(x: Tensor) -> Tensor:
    """x (n,) divided by its greatest absolute value, on the device of x. Some element is not zero."""
    raise NotImplementedError
