"""Find the bugs: notes taken in the lectures on tensors, five functions, one mistake in each.

Each function is meant to do what its docstring says, and does not, at least for some inputs. The mistakes
are independent of each other, and each is graded by itself. Mend them where they stand: names, arguments and
what is returned stay as they are.

No code is missing here, and nothing needs to be rewritten; every mend is a few characters long.
"""

import torch
from torch import Tensor


def sequential(mat: Tensor) -> Tensor:
    """Normalise mat (n, m), float32, element by element: (mat - mean) / std of all elements.

    (Slow, as the lecture shows; slowness is not the mistake here.)
    """
    mean, std = mat.mean(), mat.std()
    output = torch.zeros([mat.shape])
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            output[i, j] = (mat[i, j] - mean) / std
    return output


def row_ranges(mat: Tensor) -> Tensor:
    """For each row of mat (n, m), its largest element minus its smallest: (n,), in the dtype of mat."""
    ranges = mat.new_zeros(mat.shape[0])
    for i in range(mat.shape[0]):
        ranges[i] = mat[i].max() - mat[i].min()
        return ranges


def scale_in_place(t: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Multiply t by a factor, in place, and return its old contents and t itself.

    The old contents are a copy, so that t can be restored from them. t requires no gradient.
    """
    old = t.data  # a copy of the numbers, without the graph
    t.mul_(factor)
    return old, t


def same_numbers_without_graph(t: Tensor) -> Tensor:
    """A view of t that requires no gradient and has no graph."""
    return t.detatch()


def column_to_vector(column: Tensor) -> Tensor:
    """A column (n, 1) as a vector (n,), for every n from 1."""
    return column.squeeze()
