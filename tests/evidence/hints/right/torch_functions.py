"""Functional forms: F.softmax, F.linear, torch.mean."""

import math

import torch
import torch.nn.functional as F


def attention_weights(q, k):
    return F.softmax(torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(q.shape[-1]), dim=-1)


def affine(x, weight, bias):
    return F.linear(x, weight, bias)


def column_means(x):
    return torch.mean(x, 0)
