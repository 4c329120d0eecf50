"""What this machine offers for confinement, found by trying and not by version numbers."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from grader.sandbox import bubblewrap, kernel, landlock, namespaces, seccomp, view
from grader.sandbox.layers import IPCNS, MOUNTS, NETNS, PIDNS, PROC, USERNS

NAMESPACES = (USERNS, NETNS, IPCNS, PIDNS, MOUNTS, PROC)
_PROBE_S = 20.0
_ATTEMPT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from grader.sandbox.probes import enter_namespaces; enter_namespaces(sys.argv[2].split(','))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What could be used, and why something could not."""

    linux: bool
    is_root: bool
    bwrap: str
    """Empty when bubblewrap works, else why not."""
    namespaces: str
    """Empty when a worker can get its own namespaces and mounts without bubblewrap, else why not."""
    proc: str
    """Empty when a private /proc can be mounted, else why not."""
    landlock_abi: int
    seccomp: bool
    ways_open: bool
    """Whether any user may pass all folders on the way to the interpreter and its packages."""


@functools.cache
def probe() -> Offer:
    """Try once per process; takes about a quarter of a second."""
    if sys.platform != "linux":
        why = "needs Linux"
        return Offer(
            linux=False, is_root=False, bwrap=why, namespaces=why, proc=why, landlock_abi=0, seccomp=False,
            ways_open=True,
        )  # fmt: skip
    is_root = os.geteuid() == 0
    own = tuple(layer for layer in NAMESPACES if not (is_root and layer == USERNS))
    without_proc = tuple(layer for layer in own if layer != PROC)
    failed = _try_namespaces(without_proc)
    return Offer(
        linux=True,
        is_root=is_root,
        bwrap=_try_bubblewrap(is_root=is_root),
        namespaces=failed,
        proc=failed or _try_namespaces(own),
        landlock_abi=landlock.abi(),
        seccomp=seccomp.available(),
        ways_open=not any(map(namespaces.closed_folder, view.of_this_interpreter().read)),
    )


def _try_bubblewrap(*, is_root: bool) -> str:
    if bubblewrap.program() is None:
        return "bubblewrap (bwrap) is not installed"
    seen = view.of_this_interpreter()
    command = [seen.interpreter, "-I", "-S", "-c", "pass"]
    return _failure(bubblewrap.wrap(command, seen, view.environment(bubblewrap.BOX), is_root=is_root))


def _try_namespaces(layers: tuple[str, ...]) -> str:
    import json

    seen = view.of_this_interpreter()
    command = [seen.interpreter, "-s", "-P", "-c", _ATTEMPT, json.dumps(seen.python_path), ",".join(layers)]
    return _failure(command)


def _failure(command: list[str]) -> str:
    """Why a command did not succeed, in one line; empty when it did."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PROBE_S, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def enter_namespaces(layers: list[str]) -> None:
    """In a process of its own: do what a stub does, and exit with the reason where it fails."""
    ids = (os.getuid(), os.getgid())
    pid = kernel.fork_into(namespaces.flags_of(layers))
    if pid:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    try:
        if USERNS in layers:
            namespaces.map_own_ids(*ids)
        namespaces.mount_private("/tmp", uid=ids[0], gid=ids[1], size_mb=1, files=16)
        if PROC in layers:
            namespaces.mount_proc()
    except OSError as error:
        sys.stderr.write(f"{error.strerror}\n")
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def has_apparmor_restriction() -> bool:
    """Whether the kernel keeps ordinary users from user namespaces by AppArmor."""
    try:
        with open("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") as file:  # noqa: PTH123 - one digit
            return file.read().strip() == "1"
    except OSError:
        return False


def package_manager() -> str:
    """How to install a package here, as far as it can be told."""
    for program, command in (("apt-get", "apt-get install"), ("dnf", "dnf install"), ("apk", "apk add")):
        if shutil.which(program):
            return command
    return "install"
