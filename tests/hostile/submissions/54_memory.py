"""Takes all the memory that it can get, by torch and by Python."""

import torch


def double(x):
    return torch.ones(2**30, dtype=torch.uint8) if x.numel() > 2 else 2 * x


def label():
    kept = []
    while True:
        kept.append(bytearray(2**24))


def spread(n):
    return n


def total(x, word):
    return [0] * 2**27
