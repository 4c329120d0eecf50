"""Right answers, in lines that end with CR LF and begin with a byte order mark."""


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
