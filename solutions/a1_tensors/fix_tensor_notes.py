"""Notes on tensors; the five bugs of the hand-out are mended."""

import torch
from torch import Tensor


def sequential(mat: Tensor) -> Tensor:
    """Normalise mat (n, m), float32, element by element."""
    mean, std = mat.mean(), mat.std()
    output = torch.zeros(mat.shape)
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            output[i, j] = (mat[i, j] - mean) / std
    return output


def row_ranges(mat: Tensor) -> Tensor:
    """The largest element minus the smallest of each row of mat (n, m): (n,)."""
    ranges = mat.new_zeros(mat.shape[0])
    for i in range(mat.shape[0]):
        ranges[i] = mat[i].max() - mat[i].min()
    return ranges


def scale_in_place(t: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Multiply t in place; a copy of its old contents, and t itself."""
    old = t.clone()
    t.mul_(factor)
    return old, t


def same_numbers_without_graph(t: Tensor) -> Tensor:
    """A view of t without gradient and graph."""
    return t.detach()


def column_to_vector(column: Tensor) -> Tensor:
    """A column (n, 1) as a vector (n,)."""
    return column.squeeze(dim=1)
