"""A deny-list of system calls, as BPF bytes made here: no library, x86-64 and aarch64.

Refused are sockets other than Unix ones, looking into other processes, everything that changes
mounts, namespaces, clocks or the kernel, memory that no limit counts (memfd, System V, anonymous
memory that is shared, or that grows like a stack), and ways around the filter itself (io_uring). A
worker that may start no process is refused those as well.
"""

from __future__ import annotations

import ctypes
import errno
import struct
import sys

from grader.sandbox import kernel

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARG0, _ARG1, _ARG3 = 0, 4, 16, 24, 40  # offsets in seccomp_data, little-endian low words
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_AF_UNIX = 1
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080  # all namespaces: user, pid, net, ipc, uts, cgroup, mount, time
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_GROWSDOWN = 0x01, 0x20, 0x100  # bit 0 is in MAP_SHARED_VALIDATE too
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_SECCOMP_MODE_FILTER = 2

_SPECIAL = {
    "x86_64": {"socket": 41, "clone": 56, "ioctl": 16, "clone3": 435, "mmap": 9},
    "aarch64": {"socket": 198, "clone": 220, "ioctl": 29, "clone3": 435, "mmap": 222},
}
_FORKS = {"x86_64": (57, 58), "aarch64": ()}

_SAME_EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "memfd_secret": 447,
}  # fmt: skip
_DENIED = {
    "x86_64": _SAME_EVERYWHERE | {
        "shmget": 29, "shmat": 30, "semget": 64, "semop": 65, "msgget": 68, "msgsnd": 69, "msgrcv": 70,
        "ptrace": 101, "syslog": 103, "uselib": 134,
        "personality": 135, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159,
        "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167,
        "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172,
        "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179,
        "clock_settime": 227, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249,
        "keyctl": 250, "unshare": 272, "perf_event_open": 298, "fanotify_init": 300,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
        "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
    "aarch64": _SAME_EVERYWHERE | {
        "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "vhangup": 58, "quotactl": 60,
        "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
        "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142,
        "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171,
        "mq_open": 180, "msgget": 186, "msgrcv": 188, "msgsnd": 189, "semget": 190, "semop": 193,
        "shmget": 194, "shmat": 196, "add_key": 217,
        "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225, "perf_event_open": 241,
        "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265,
        "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
        "kcmp": 272, "finit_module": 273, "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
        "kexec_file_load": 294,
    },
}  # fmt: skip


def available() -> bool:
    """Whether the kernel knows filters and this machine's numbers are known here."""
    if sys.platform != "linux" or kernel.machine() not in _AUDIT:
        return False
    try:
        return kernel.prctl("seccomp", kernel.PR_GET_SECCOMP) in (0, _SECCOMP_MODE_FILTER)
    except OSError:
        return False


def program(machine: str, *, may_fork: bool, may_share: bool = False) -> bytes:
    """The filter for a processor family, as the bytes of `struct sock_filter`s.

    `may_share` allows anonymous memory that is shared, which a GPU's driver may want.
    """
    special = _SPECIAL[machine]
    parts = [
        _op(_LOAD, _ARCH),
        _op(_EQUAL, _AUDIT[machine], 1, 0),
        _op(_RETURN, _KILL),
        _op(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        parts += [_op(_AT_LEAST, _X32, 0, 1), _refuse(errno.EPERM)]
    parts += _when(special["clone3"], [_refuse(errno.ENOSYS)])  # callers then use clone, which can be read
    parts += _when(special["socket"], [_op(_LOAD, _ARG0), _op(_EQUAL, _AF_UNIX, 1, 0), _refuse(errno.EACCES)])
    parts += _when(special["clone"], _clone_rule(may_fork=may_fork))
    parts += _when(special["ioctl"], _ioctl_rule())
    parts += _when(special["mmap"], _mmap_rule(may_share=may_share))
    denied = [*_DENIED[machine].values(), *(() if may_fork else _FORKS[machine])]
    for number in sorted(denied):
        parts += _when(number, [_refuse(errno.EPERM)])
    return b"".join([*parts, _op(_RETURN, _ALLOW)])


def install(*, may_fork: bool, may_share: bool = False) -> None:
    """Confine this process for good; `no_new_privs` must be set. Raises OSError."""
    code = program(kernel.machine(), may_fork=may_fork, may_share=may_share)
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    header = ctypes.create_string_buffer(filters, len(filters))
    kernel.prctl(
        "seccomp filter",
        kernel.PR_SET_SECCOMP,
        _SECCOMP_MODE_FILTER,
        ctypes.cast(header, ctypes.c_void_p),
    )


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _op(_RETURN, _ERRNO | number)


def _when(number: int, rule: list[bytes]) -> list[bytes]:
    """Run a rule for one call; what the rule does not refuse is allowed."""
    ends = rule if len(rule) == 1 else [*rule, _op(_RETURN, _ALLOW)]
    return [_op(_EQUAL, number, 0, len(ends)), *ends]


def _clone_rule(*, may_fork: bool) -> list[bytes]:
    rule = [_op(_LOAD, _ARG0), _op(_ANY_BIT, _CLONE_NEW, 0, 1), _refuse(errno.EPERM)]
    if not may_fork:
        rule += [_op(_ANY_BIT, _CLONE_THREAD, 1, 0), _refuse(errno.EPERM)]
    return rule


def _mmap_rule(*, may_share: bool) -> list[bytes]:
    """Memory that RLIMIT_DATA does not count: it is refused as memory over a limit is."""
    rule = [_op(_LOAD, _ARG3), _op(_ANY_BIT, _MAP_GROWSDOWN, 0, 1), _refuse(errno.ENOMEM)]
    if not may_share:
        rule += [
            _op(_ANY_BIT, _MAP_ANONYMOUS, 0, 2),
            _op(_ANY_BIT, _MAP_SHARED, 0, 1),
            _refuse(errno.ENOMEM),
        ]
    return rule


def _ioctl_rule() -> list[bytes]:
    """Typing into the terminal of whoever started the grading."""
    return [
        _op(_LOAD, _ARG1),
        _op(_EQUAL, _TIOCSTI, 1, 0),
        _op(_EQUAL, _TIOCLINUX, 0, 1),
        _refuse(errno.EPERM),
    ]
