"""Takes little memory in each of several processes, and much in all of them together."""

import os
import time


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    for _ in range(4):
        if os.fork() == 0:
            kept = b"x" * (160 * 2**20)
            time.sleep(len(kept))
    time.sleep(60)
    return n


def total(x, word):
    return x.sum()
