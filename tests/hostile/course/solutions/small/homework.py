"""The reference."""


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
