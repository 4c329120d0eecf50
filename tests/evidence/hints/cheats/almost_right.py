"""Right but for one element, to learn where a comparison stops."""


def attention_weights(q, k):
    out = (q @ k.T / q.size(1) ** 0.5).softmax(1)
    out[-1, -1] += 1e-6
    return out


def affine(x, weight, bias):
    out = x @ weight.T + bias
    out[0, 0] -= 1e-6
    return out


def column_means(x):
    out = x.mean(0)
    out[0] *= 1.001
    return out
