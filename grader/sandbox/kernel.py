"""The few kernel calls that Python's standard library does not offer, with errors as OSError.

Linux on x86-64 and aarch64. Everything is looked up on use, so that the module can be imported
anywhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
import signal
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 1 << 18

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_CLONE = {"x86_64": 56, "aarch64": 220}


@functools.cache
def _libc() -> ctypes.PyDLL:
    # PyDLL keeps the interpreter lock during a call: a cloned child must wake up holding it.
    return ctypes.PyDLL(None, use_errno=True)


def machine() -> str:
    """The processor family as the kernel names it."""
    return platform.machine()


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _long(value: int | bytes | ctypes.c_void_p | None) -> ctypes.c_long | bytes | ctypes.c_void_p | None:
    return ctypes.c_long(value) if isinstance(value, int) else value


def syscall(what: str, number: int, *arguments: int | bytes | ctypes.c_void_p | None) -> int:
    """A system call by number. Raises OSError that names `what`."""
    function = _libc().syscall
    function.restype = ctypes.c_long
    return _checked(function(ctypes.c_long(number), *map(_long, arguments)), what)


def prctl(what: str, option: int, *arguments: int | ctypes.c_void_p) -> int:
    """`prctl(2)`; missing arguments are zero. Raises OSError that names `what`."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_libc().prctl(option, *map(_long, padded)), what)


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """`mount(2)`. Raises OSError that names the target."""
    encoded = None if kind is None else kind.encode()
    result = _libc().mount(
        source.encode(), os.fsencode(target), encoded, ctypes.c_ulong(flags), data.encode()
    )
    _checked(result, f"mount of {kind or 'nothing'} on {target}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces. Raises OSError."""
    _checked(_libc().unshare(ctypes.c_int(flags)), "unshare")


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def clear_capabilities() -> None:
    """Give up every permitted, effective and inheritable capability. Raises OSError."""
    header = _CapHeader(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked(_libc().capset(ctypes.byref(header), none), "capset")


def die_with_parent() -> None:
    """SIGKILL when the process that made this one ends. A change of uid takes it back."""
    prctl("parent death signal", PR_SET_PDEATHSIG, signal.SIGKILL)


def go_first_out_of_memory() -> None:
    """Where memory runs out, the kernel ends this process and those that it makes before any other."""
    with contextlib.suppress(OSError):  # where it may not be said, nothing is lost but the choice
        Path("/proc/self/oom_score_adj").write_text("1000")


def set_dumpable(*, dumpable: bool) -> None:
    """Whether processes of the same user may trace this one and read its memory and environment."""
    prctl("dumpable", PR_SET_DUMPABLE, int(dumpable))


def fork_into(flags: int) -> int:
    """Fork, the child in new namespaces; one fork less than `unshare` needs for a pid namespace.

    The C library does not learn of the new process: the child must do little more than fork again.
    Only for a process with a single thread. Raises OSError.
    """
    api = ctypes.pythonapi
    api.PyOS_BeforeFork()
    function = _libc().syscall
    function.restype = ctypes.c_long
    nothing = ctypes.c_long(0)
    number = ctypes.c_long(_CLONE[machine()])
    pid: int = function(number, ctypes.c_long(flags | signal.SIGCHLD), nothing, nothing, nothing, nothing)
    if pid == 0:
        api.PyOS_AfterFork_Child()
        return 0
    number_of_error = ctypes.get_errno()
    api.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number_of_error, f"clone: {os.strerror(number_of_error)}")
    return pid
