"""Known wrong versions."""

import torch
from operations import distances

from grader import misconception


@misconception("distances", "Two loops go over all pairs of rows; one subtraction does them all.")
def over_pairs(X, Y):
    return torch.stack([torch.stack([(x - y).square().sum() for y in Y]) for x in X])


@misconception("distances", "A loop goes over the rows of X; broadcasting does them all at once.")
def over_rows(X, Y):
    return torch.stack([(x - Y).square().sum(dim=1) for x in X])


@misconception("distances", "The numbers are taken out of the tensors and computed one by one in Python.")
def in_python(X, Y):
    pairs = [[sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) for y in Y.tolist()] for x in X.tolist()]
    return torch.tensor(pairs, dtype=X.dtype)


@misconception(
    "distances", "All rows are compared with all rows, those of one matrix with each other as well."
)
def all_with_all(X, Y):
    both = torch.cat((X, Y))
    wide = (both[:, None] - both[None, :])[:, :, None] * torch.ones(12, 1, dtype=X.dtype)
    return wide[: len(X), len(X) :, 0].square().sum(-1)


@misconception("distances", "The root was taken; squared distances are asked.")
def rooted(X, Y):
    return distances(X, Y).sqrt()
