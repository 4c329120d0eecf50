"""An imitation of Docker's default container: root, but with Docker's capabilities and limited memory.

Made by bubblewrap, as root: a mount, process and IPC namespace of its own, in which `/autograder` and
`/opt/torchgrade` are what Gradescope would make of a package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DOCKERS = (
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
)  # fmt: skip
_MEMORY = Path("/sys/fs/cgroup/memory")  # version 1; under version 2 an own group needs a delegated tree
_SYSTEM = ("usr", "etc")
_GONE_S = 10
_MERGED = ("bin", "lib", "lib32", "lib64", "sbin")


def why_not() -> str:
    """Why no container can be imitated here; empty where one can."""
    return why_no_memory_group() or ("" if shutil.which("bwrap") else "needs bubblewrap")


def why_no_memory_group() -> str:
    """Why memory cannot be limited here; empty where it can."""
    if os.geteuid() != 0:
        return "needs root"
    return "" if os.access(_MEMORY / "cgroup.procs", os.W_OK) else "needs a memory control group of version 1"


class Container:
    """Folders as they will be seen inside."""

    def __init__(self, folder: Path) -> None:
        self.autograder = folder / "autograder"
        self.harness = folder / "harness"
        for part in ("source", "submission", "results"):
            (self.autograder / part).mkdir(parents=True)

    def run(self, *command: str, memory_mb: int) -> subprocess.CompletedProcess[str]:
        """Run a program of the package, as root and with so much memory in all."""
        with memory_group(memory_mb) as enter:
            return subprocess.run(
                ["sh", "-c", f'{enter}; exec "$@"', "sh", *self._bubblewrap(), *command],
                capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip

    def _bubblewrap(self) -> Iterator[str]:
        yield from ("bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent")
        for name in _SYSTEM:
            yield from ("--ro-bind", f"/{name}", f"/{name}")
        for name in _MERGED:
            if Path("/", name).is_symlink():
                yield from ("--symlink", str(Path("/", name).readlink()), f"/{name}")
        yield from ("--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys")
        yield from ("--perms", "1777", "--tmpfs", "/tmp")
        yield from _bound(Path(sys.base_prefix), Path(sys.base_prefix))
        yield from _bound(Path(sys.prefix), Path("/opt/torchgrade/venv"))
        yield from _bound(self.harness, Path("/opt/torchgrade/harness"))
        yield from ("--bind", str(self.autograder), "/autograder", "--chdir", "/autograder")
        yield from ("--cap-drop", "ALL")
        for capability in DOCKERS:
            yield from ("--cap-add", f"CAP_{capability}")
        yield from (
            "--clearenv",
            "--setenv",
            "PATH",
            "/usr/local/bin:/usr/bin:/bin",
            "--setenv",
            "HOME",
            "/root",
        )


def _bound(outside: Path, inside: Path) -> Iterator[str]:
    """A folder to read, below folders that anybody may pass, as in an image."""
    for parent in reversed(inside.parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))
    yield from ("--ro-bind", str(outside), str(inside))


@contextmanager
def memory_group(limit_mb: int) -> Iterator[str]:
    """A control group; gives the shell's words to enter it."""
    group = _MEMORY / f"torchgrade-{uuid.uuid4().hex}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(limit_mb * 2**20))
        yield f"echo $$ > {group}/cgroup.procs"
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Once the last process of the container is gone, which may take a moment after its first."""
    ends = time.monotonic() + _GONE_S
    while True:
        try:
            group.rmdir()
            return
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)
