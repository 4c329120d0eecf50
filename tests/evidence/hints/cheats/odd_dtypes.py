"""Asks through dtypes that comparisons seldom see."""

import torch


def attention_weights(q, k):
    return (q @ k.T).to(torch.complex128)


def affine(x, weight, bias):
    return (x @ weight.T + bias).to(torch.float8_e5m2)


def column_means(x):
    return x.mean(0).to(torch.uint16)
