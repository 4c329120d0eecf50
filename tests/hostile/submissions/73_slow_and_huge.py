"""A reply that drips byte by byte, and one that would never end."""

import os
import socket
import stat
import struct
import time

def _socket():
    """The worker's connection, wherever it is."""
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return socket.socket(fileno=os.dup(fd))
        except OSError:
            pass
    raise LookupError


def _head(header, buffers=0, total=0):
    return struct.pack("!4sIIQ", b"tgf1", header, buffers, total)


def double(x):
    if x.numel() > 2:
        sock = _socket()
        for byte in _head(1000) + bytes(1000):
            sock.sendall(bytes([byte]))
            time.sleep(0.1)
    return 2 * x


def label():
    return "a" * 2**25


def spread(n):
    return n


def total(x, word):
    sock = _socket()
    sock.sendall(_head(2**30))
    while True:
        sock.sendall(bytes(2**16))
