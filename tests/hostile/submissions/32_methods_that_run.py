"""Lists and dicts whose methods run code, loop or lie about their length."""

import itertools

class Endless(list):
    def __iter__(self):
        return itertools.repeat(0)

    def __len__(self):
        return 0


class Odd(dict):
    def items(self):
        raise SystemExit(0)


def double(x):
    return Endless()


def label():
    return Odd(a=1)


def spread(n):
    return n


def total(x, word):
    return [Endless()]
