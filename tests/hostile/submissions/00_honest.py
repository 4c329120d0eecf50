"""No attack: right answers, which have to earn everything after each of the others."""


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
