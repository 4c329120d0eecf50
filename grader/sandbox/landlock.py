"""Landlock: a process gives up the file system but for a list of paths, TCP, and signals to outsiders.

Needs no privilege. What it can close depends on the kernel: files from 5.13 on, TCP from 6.7 (ABI 4),
device ioctls from 6.10 (ABI 5), signals and abstract sockets from 6.12 (ABI 6).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from grader.sandbox import kernel

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_RIGHTS = (1 << 16) - 1
_TCP = 0b11
_SCOPES = 0b11  # abstract sockets and signals
SCOPES_ABI = 6
"""From this version on signals stay inside."""


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    with contextlib.suppress(OSError):
        return kernel.syscall("landlock", _CREATE, None, 0, _VERSION_FLAG)
    return 0


def restrict(*, read: Iterable[str], write: Iterable[str], version: int) -> None:
    """Confine this process for good; `no_new_privs` must be set. Paths that do not exist are skipped.

    Raises OSError.
    """
    rights = _RIGHTS_BY_ABI.get(version, _ALL_RIGHTS)
    ruleset = _create(rights, version)
    try:
        for path in read:
            _allow(ruleset, path, _READ & rights)
        for path in write:
            _allow(ruleset, path, rights)
        kernel.syscall("landlock_restrict_self", _RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _create(rights: int, version: int) -> int:
    net = _TCP if version >= 4 else 0
    scopes = _SCOPES if version >= SCOPES_ABI else 0
    size = 24 if version >= SCOPES_ABI else 16 if version >= 4 else 8
    attributes = struct.pack("=QQQ", rights, net, scopes)[:size]
    return kernel.syscall("landlock_create_ruleset", _CREATE, attributes, size, 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return  # what cannot be reached need not be allowed
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            rights &= _OF_FILES  # directory rights on a file are an error
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, target), 12)
        address = ctypes.cast(rule, ctypes.c_void_p)
        kernel.syscall("landlock_add_rule", _ADD_RULE, ruleset, _PATH_BENEATH, address, 0)
    finally:
        os.close(target)
