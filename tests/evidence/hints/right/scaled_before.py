"""The queries are scaled before the product; the bias goes in through addmm."""

import math

import torch


def attention_weights(q, k):
    return torch.softmax((q / math.sqrt(q.size(1))) @ k.mT, dim=1)


def affine(x, weight, bias):
    return torch.addmm(bias, x, weight.t())


def column_means(x):
    return (x / x.size(0)).sum(dim=0)
