"""A reply that drips byte by byte, and one that would never end."""

import os
import socket
import struct
import time

def _head(header, buffers=0, total=0):
    return struct.pack("!4sIIQ", b"tgf1", header, buffers, total)


def double(x):
    if x.numel() > 2:
        sock = socket.socket(fileno=os.dup(3))
        for byte in _head(1000) + bytes(1000):
            sock.sendall(bytes([byte]))
            time.sleep(0.1)
    return 2 * x


def label():
    return "a" * 2**25


def spread(n):
    return n


def total(x, word):
    sock = socket.socket(fileno=os.dup(3))
    sock.sendall(_head(2**30))
    while True:
        sock.sendall(bytes(2**16))
