"""Files beside it have the names of libraries; its own answers are right."""

import random
import torch


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
