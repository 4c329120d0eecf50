"""Frames with impossible lengths, of garbage, truncated, and too deeply nested."""

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


def _send(data):
    sock = _socket()
    sock.sendall(data)
    time.sleep(60)


def _head(header, buffers=0, total=0):
    return struct.pack("!4sIIQ", b"tgf1", header, buffers, total)


def double(x):
    if x.numel() > 2:
        _send(_head(10, 1, 2**63))
    _send(b"HTTP/1.1 200 OK\r\n\r\n{\"score\": 10}")


def label():
    _send(_head(200_000) + b'\x91' * 200_000)


def spread(n):
    _socket().sendall(_head(1000))
    os._exit(0)


def total(x, word):
    _send(_head(3) + b'\xc1\xff\xfe')
