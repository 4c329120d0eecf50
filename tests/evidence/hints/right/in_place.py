"""In-place operations on own buffers."""

import torch


def attention_weights(q, k):
    scores = q @ k.T
    scores /= q.size(1) ** 0.5
    scores -= scores.max(dim=1, keepdim=True).values
    scores.exp_()
    scores /= scores.sum(dim=1, keepdim=True)
    return scores


def affine(x, weight, bias):
    out = torch.mm(x, weight.T)
    return out.add_(bias)


def column_means(x):
    out = torch.zeros_like(x[0])
    return out.add_(x.sum(0)).div_(x.size(0))
