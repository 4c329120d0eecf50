"""Shifted by one; viewed where it should be transposed; one dimension kept."""


def attention_weights(q, k):
    return (q @ k.T / q.size(1) ** 0.5).softmax(1).roll(1, 1)


def affine(x, weight, bias):
    out = x @ weight.T + bias
    return out.T.reshape(out.shape)


def column_means(x):
    return x.mean(0, keepdim=True)
