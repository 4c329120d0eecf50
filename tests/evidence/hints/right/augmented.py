"""The bias is a further column; the mean is a product with ones."""

import torch


def attention_weights(q, k):
    return torch.log_softmax(torch.inner(q, k) / q.size(1) ** 0.5, dim=-1).exp()


def affine(x, weight, bias):
    ones = x.new_ones(len(x), 1)
    return torch.hstack([x, ones]) @ torch.hstack([weight, bias[:, None]]).T


def column_means(x):
    return x.new_full((len(x),), 1 / len(x)) @ x
