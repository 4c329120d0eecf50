"""The operations are called directly, past torch's public functions."""

import torch

aten = torch.ops.aten


def distances(X, Y):
    rows = []
    for i in range(X.shape[0]):
        gap = aten.sub.Tensor(aten.select.int(X, 0, i), Y)
        rows.append(aten.sum.dim_IntList(aten.mul.Tensor(gap, gap), [1]))
    return aten.stack.default(rows)
