"""Transposed weights, outputs in reverse, sums."""


def attention_weights(q, k):
    return (q @ k.T / q.size(1) ** 0.5).softmax(1).T


def affine(x, weight, bias):
    return (x @ weight.T + bias).flip(1)


def column_means(x):
    return x.sum(0)
