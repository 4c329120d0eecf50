"""Ends the process with code 0 in the middle of a call."""

import os


def double(x):
    os._exit(0)


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    raise SystemExit(0)
