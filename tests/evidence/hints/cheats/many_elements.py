"""Makes the search for a hint long."""


def attention_weights(q, k):
    return q.new_ones(1000, 999).cumsum(1)


def affine(x, weight, bias):
    return x.new_ones(1, 1, 1, 1, 10**6).cumsum(4)


def column_means(x):
    return x.new_ones(10**6).cumsum(0)
