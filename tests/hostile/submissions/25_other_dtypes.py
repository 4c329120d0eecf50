"""The right numbers in other types and precisions."""


def double(x):
    return (2 * x).float()


def label():
    return b"ok"


def spread(n):
    return n


def total(x, word):
    return x.sum().item()
