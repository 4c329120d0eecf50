"""Asks with sixty dimensions of size one."""


def attention_weights(q, k):
    return (q @ k.T / q.size(1) ** 0.5).softmax(1).reshape((1,) * 60 + (len(q), -1))


def affine(x, weight, bias):
    return (x @ weight.T + bias).reshape((1,) * 60 + (len(x), -1))


def column_means(x):
    return x.mean(0).reshape((1,) * 60 + (-1,))
