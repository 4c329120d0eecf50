"""Layers of torch.nn with given weights."""

import torch
from torch import nn


def attention_weights(q, k):
    layer = nn.Linear(k.size(1), k.size(0), bias=False, dtype=k.dtype)
    with torch.no_grad():
        layer.weight.copy_(k)
    return nn.Softmax(dim=-1)(layer(q) / q.size(1) ** 0.5).detach()


def affine(x, weight, bias):
    layer = nn.Linear(weight.size(1), weight.size(0), dtype=weight.dtype)
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer(x)


def column_means(x):
    return nn.AdaptiveAvgPool1d(1)(x.T[None])[0, :, 0]
