"""The five bugs, mended."""

import torch
from torch import Tensor


def sequential(mat: Tensor) -> Tensor:
    mean, std = mat.mean(), mat.std()
    output = torch.zeros(*mat.shape)
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            output[i, j] = (mat[i, j] - mean) / std
    return output


def row_ranges(mat: Tensor) -> Tensor:
    return torch.stack([row.max() - row.min() for row in mat])


def scale_in_place(t: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    old = t.data.clone()
    t.mul_(factor)
    return old, t


def same_numbers_without_graph(t: Tensor) -> Tensor:
    return t.detach().view_as(t)


def column_to_vector(column: Tensor) -> Tensor:
    return column[:, 0]
