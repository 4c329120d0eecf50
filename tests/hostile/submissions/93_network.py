"""Sends what it knows by TCP, by UDP and to a name server."""

import contextlib
import socket

def _reached():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as sock:
            sock.settimeout(0.2)
            return f"a socket of kind {kind}"
    with contextlib.suppress(OSError):
        return socket.gethostbyname("example.org")
    return "ok"


def double(x):
    return 2 * x


def label():
    return _reached()


def spread(n):
    return n


def total(x, word):
    return x.sum()
