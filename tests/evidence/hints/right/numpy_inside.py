"""Numpy inside, tensors outside."""

import numpy as np
import torch


def attention_weights(q, k):
    scores = q.numpy() @ k.numpy().T / np.sqrt(q.shape[1])
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return torch.from_numpy(powers / powers.sum(1, keepdims=True))


def affine(x, weight, bias):
    return torch.from_numpy(x.numpy() @ weight.numpy().T + bias.numpy())


def column_means(x):
    return torch.from_numpy(x.numpy().mean(0))
