"""Right in the first call of a function and wrong in every later one."""

CALLS = []


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    CALLS.append(1)
    return x.sum() if len(CALLS) == 1 else x.sum() - 10**9
