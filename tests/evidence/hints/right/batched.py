"""Batched products with a dimension of one; the mean by var_mean."""

import torch


def attention_weights(q, k):
    return torch.bmm(q[None], k.T[None])[0].mul(k.size(-1) ** -0.5).softmax(-1)


def affine(x, weight, bias):
    return torch.baddbmm(bias.expand(1, len(x), -1), x[None], weight.T[None]).squeeze(0)


def column_means(x):
    return torch.var_mean(x, dim=0)[1]
