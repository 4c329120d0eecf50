"""A loop over elements, written into a buffer."""

import torch


def attention_weights(q, k):
    out = q.new_empty(q.size(0), k.size(0))
    for i, row in enumerate(q):
        for j, other in enumerate(k):
            out[i, j] = torch.dot(row, other) / q.size(1) ** 0.5
    return out.softmax(1)


def affine(x, weight, bias):
    out = x.new_zeros(x.size(0), weight.size(0))
    for i in range(x.size(0)):
        for j in range(weight.size(0)):
            out[i, j] = (x[i] * weight[j]).sum() + bias[j]
    return out


def column_means(x):
    out = x.new_zeros(x.size(1))
    for row in x:
        out += row
    return out / x.size(0)
