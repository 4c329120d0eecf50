"""A loop over rows, joined with stack."""

import torch


def attention_weights(q, k):
    return torch.stack([torch.softmax(k @ row / k.size(1) ** 0.5, 0) for row in q])


def affine(x, weight, bias):
    return torch.stack([weight @ row + bias for row in x])


def column_means(x):
    return torch.stack([column.mean() for column in x.T])
