"""The five bugs, mended in other words."""

import torch
from torch import Tensor


def sequential(mat: Tensor) -> Tensor:
    return (mat - mat.mean()) / mat.std()


def row_ranges(mat: Tensor) -> Tensor:
    lowest, highest = torch.aminmax(mat, dim=1)
    return highest - lowest


def scale_in_place(t: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    old = t * 1
    t *= factor
    return old, t


def same_numbers_without_graph(t: Tensor) -> Tensor:
    return t.detach()


def column_to_vector(column: Tensor) -> Tensor:
    return column.flatten()
