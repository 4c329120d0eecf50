"""Own helper functions, and functools.partial."""

from functools import partial, reduce
from operator import add

import torch

lengths = partial(torch.sum, dim=1, keepdim=True)


def square_lengths(A):
    return lengths(A * A)


def distances(X, Y):
    terms = square_lengths(X), -2 * (X @ Y.mT), square_lengths(Y).mT
    return reduce(add, terms)
