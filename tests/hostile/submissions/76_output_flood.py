"""Prints without end, also from a thread after its answer."""

import sys
import threading

def _flood():
    while True:
        sys.stdout.write("passed " * 10_000)


def double(x):
    if x.numel() > 2:
        _flood()
    return 2 * x


def label():
    print("a" * 10**6)
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
