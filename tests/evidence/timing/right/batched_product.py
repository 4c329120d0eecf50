"""A batched product of each difference with itself; means by a softmax over equal scores."""

import torch


def distances(x, y):
    difference = x[:, None] - y
    return (difference.unsqueeze(-2) @ difference.unsqueeze(-1)).squeeze(-1).squeeze(-1)


def running_mean(x):
    t = len(x)
    scores = torch.zeros(t, t, dtype=x.dtype)
    scores.masked_fill_(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
    return scores.softmax(-1) @ x
