"""Single precision, outside and inside; off by one number."""


def attention_weights(q, k):
    return (q @ k.T / q.size(1) ** 0.5).softmax(1).float()


def affine(x, weight, bias):
    return (x.float() @ weight.T.float() + bias.float()).double()


def column_means(x):
    return x.mean(0) + 0.25
