"""Endless recursion, a null pointer, and a stack that overflows in C."""

import ctypes
import sys


def double(x):
    return double(x) if x.numel() > 2 else 2 * x


def label():
    return ctypes.string_at(0)


def spread(n):
    return n


def total(x, word):
    sys.setrecursionlimit(10**9)
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return repr(nested)
