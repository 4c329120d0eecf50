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
            kept = bytearray(160 * 2**20)
            for offset in range(0, len(kept), 4096):
                kept[offset] = 1
            time.sleep(60)
    time.sleep(60)
    return n


def total(x, word):
    return x.sum()
