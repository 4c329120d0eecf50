"""Blocks every signal, stops itself, and waits in finalisers."""

import atexit
import os
import signal
import threading
import time

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
threading.Thread(target=time.sleep, args=(600,)).start()
atexit.register(time.sleep, 600)


def double(x):
    return 2 * x


def label():
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(600)
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
