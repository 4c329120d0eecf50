"""Weights that sum to sqrt(d); the wrong sign; one row too few in the mean."""


def attention_weights(q, k):
    return 3 * (q @ k.T / q.size(1) ** 0.5).softmax(1)


def affine(x, weight, bias):
    return -(x @ weight.T + bias)


def column_means(x):
    return x.sum(0) / (len(x) - 1)
