"""Loops without end, in Python and in C."""

import re


def double(x):
    while x.numel() > 2:
        pass
    return 2 * x


def label():
    return sum(range(10**15))


def spread(n):
    return n


def total(x, word):
    return re.match(r"(a+)+$", "a" * 64 + "b") if x.numel() > 2 else x.sum()
