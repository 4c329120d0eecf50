"""Attaches to other processes as a debugger, and reads and writes their memory."""

import ctypes
import os

def _reached():
    libc = ctypes.CDLL(None, use_errno=True)
    others = {os.getppid(), *(int(name) for name in os.listdir("/proc") if name.isdigit())} - {os.getpid()}
    for pid in others:
        if libc.ptrace(0x4206, pid, None, None) == 0:
            return f"traced {pid}"
        try:
            with open(f"/proc/{pid}/mem", "rb"):
                return f"opened the memory of {pid}"
        except OSError:
            pass
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if file.read(1):
                    return f"read the environment of {pid}"
        except OSError:
            pass
    return "ok"


def double(x):
    return 2 * x


def label():
    return _reached()


def spread(n):
    return n


def total(x, word):
    return x.sum()
