"""Hands the inputs back inside keys and strings."""


def attention_weights(q, k):
    return {str(q.tolist()): k}


def affine(x, weight, bias):
    return [x, weight, str(bias.tolist())]


def column_means(x):
    return str(x.tolist())
