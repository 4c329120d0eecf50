"""The softmax goes over the queries; the bias is missing; the named mistake with rows."""


def attention_weights(q, k):
    return (q @ k.T / q.size(1) ** 0.5).softmax(0)


def affine(x, weight, bias):
    return x @ weight.T


def column_means(x):
    return x.mean(1)
