"""The softmax is written out, with its maximum taken off."""


def attention_weights(q, k):
    scores = q @ k.T / q.size(1) ** 0.5
    powers = (scores - scores.amax(1, keepdim=True)).exp()
    return powers / powers.sum(1, keepdim=True)


def affine(x, weight, bias):
    return (x[:, None, :] * weight).sum(-1) + bias


def column_means(x):
    return x.sum(0) / len(x)
