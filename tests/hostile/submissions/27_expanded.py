"""Four bytes that are 3.6 TiB as soon as somebody copies or prints them."""

import torch


def double(x):
    return torch.zeros(1).expand(10**12)


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return torch.zeros(1).expand(10**9, 10**3)
