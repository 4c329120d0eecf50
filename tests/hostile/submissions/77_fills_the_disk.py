"""One big file, very many small ones, and shared memory."""

import os


def double(x):
    if x.numel() > 2:
        for number in range(100_000):
            open(f"small{number}", "x").close()
    return 2 * x


def label():
    with open("big", "wb") as file:
        while True:
            file.write(bytes(2**22))


def spread(n):
    return n


def total(x, word):
    for number in range(100):
        with open(f"part{number}", "wb") as file:
            file.write(bytes(2**25))
    return x.sum()
