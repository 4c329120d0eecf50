"""An ordinary submission that tries what a hostile one would try, and reports what it could do.

Never imported: its source is sent to a worker like any student's. It does no harm where it succeeds:
signals are empty, traced processes are not stopped, files that it writes are the judge's own bait.
"""

import contextlib
import ctypes
import mmap
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

_SEIZE = 0x4206
_NO_RESERVE = 0x4000
_READ_ONLY = 0o10000


def read(path: str) -> str | None:
    """The first bytes of a file, or the names in a folder; None when refused."""
    try:
        if Path(path).is_dir():
            return ",".join(sorted(entry.name for entry in Path(path).iterdir()))
        with Path(path).open("rb") as file:
            return file.read(100).decode(errors="replace")
    except OSError:
        return None


def write(path: str, text: str) -> None:
    """Overwrite a file."""
    with contextlib.suppress(OSError):
        Path(path).write_text(text)


def other_processes() -> list[int]:
    """The numbers of processes that are neither this one nor the one that made it."""
    names = (read("/proc") or "").split(",")
    return _listed_strangers([int(name) for name in names if name.isdigit()])


def signalled(pids: list[int]) -> list[int]:
    """To which of these processes it may send signals."""
    return [pid for pid in _strangers(pids) if _succeeds(os.kill, pid, 0)]


def traced(pids: list[int]) -> list[int]:
    """To which of these processes it could attach as a debugger."""
    libc = ctypes.CDLL(None)
    return [pid for pid in _strangers(pids) if libc.ptrace(_SEIZE, pid, None, None) == 0]


def environments(pids: list[int]) -> list[int]:
    """Of which of these processes it could read the environment."""
    return [pid for pid in _listed_strangers(pids) if read(f"/proc/{pid}/environ")]


def connect_tcp(port: int) -> bool:
    """Connect to a port of this machine."""
    return _succeeds(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())


def send_udp(port: int, text: str) -> None:
    """Send a datagram to a port of this machine."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(text.encode(), ("127.0.0.1", port))


def connect_abstract(name: str) -> bool:
    """Connect to a Unix socket that has a name and no file."""
    with socket.socket(socket.AF_UNIX) as sock:
        return _succeeds(sock.connect, "\0" + name)


def map_memory(gigabytes: int) -> bool:
    """Get so much address space to write to."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
    return _succeeds(lambda: mmap.mmap(-1, gigabytes * 2**30, flags=flags).close())


def start_processes(count: int) -> int:
    """How many processes it could have at a time, up to `count`."""
    children: list[int] = []
    try:
        while len(children) < count:
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            children.append(pid)
    except OSError:
        pass
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(children)


def holds_capabilities() -> bool:
    """Whether the kernel grants it anything beyond what every process may do."""
    status = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["CapEff"], 16) != 0 or int(status["CapPrm"], 16) != 0


def read_segment(number: int) -> str:
    """What stands in a System V shared memory segment; empty when refused."""
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(number, None, _READ_ONLY)
    return "" if address in (None, 2**64 - 1) else ctypes.string_at(address).decode(errors="replace")


def is_root() -> bool:
    """Whether it runs as root."""
    return os.getuid() == 0


def _strangers(pids: list[int]) -> list[int]:
    """Those that are neither this process nor its parent, as kill and ptrace count."""
    return [pid for pid in pids if pid not in (os.getpid(), os.getppid())]


def _listed_strangers(pids: list[int]) -> list[int]:
    """The same as /proc counts, which may be in an outer namespace."""
    fields = (read("/proc/self/stat") or "0 () 0 0").replace(")", " ) ").split()
    own = (int(fields[0]), int(fields[fields.index(")") + 2]))
    return [pid for pid in pids if pid not in own]


def _succeeds(function: Callable[..., object], *arguments: object) -> bool:
    try:
        function(*arguments)
    except (OSError, ValueError, OverflowError):
        return False
    return True
