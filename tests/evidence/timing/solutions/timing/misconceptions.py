"""Known wrong versions, each the reference with one name replaced."""

import torch

from grader import misconception


@misconception(
    "distances", "A Python loop over the pairs of rows: every step of it costs as much as a whole matrix."
)
def looped(x, y):
    return torch.stack([torch.stack([(a - b).square().sum() for b in y]) for a in x])


@misconception("distances", "The root is taken: the squared distance was asked for.")
def rooted(x, y):
    return (x[:, None] - y[None]).square().sum(dim=-1).sqrt()


@misconception("running_mean", "Each row is a loop of its own over the rows before it.")
def means_by_loop(x):
    return torch.stack([sum(x[: t + 1]) / (t + 1) for t in range(x.size(0))])
