"""Asks by NaN where finite values are expected."""

import torch


def attention_weights(q, k):
    return torch.full((len(q), len(k)), float("nan"), dtype=q.dtype)


def affine(x, weight, bias):
    return x @ weight.T + bias * float("inf")


def column_means(x):
    return x.mean(0).index_fill(0, torch.tensor([0]), torch.nan)
