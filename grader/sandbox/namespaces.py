"""A worker's own namespaces: the flags to fork with, and what its first process sets up in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.sandbox import kernel
from grader.sandbox.layers import IPCNS, MOUNTS, NETNS, PIDNS, USERNS

_FLAGS = {
    USERNS: kernel.CLONE_NEWUSER,
    NETNS: kernel.CLONE_NEWNET,
    IPCNS: kernel.CLONE_NEWIPC,
    PIDNS: kernel.CLONE_NEWPID,
    MOUNTS: kernel.CLONE_NEWNS,
}
_SAFE = kernel.MS_NOSUID | kernel.MS_NODEV
_INODES = 4096
SHARED_MEMORY = "/dev/shm"


def flags_of(layers: Iterable[str]) -> int:
    """What to give to `clone(2)` for these layers; 0 for a plain fork."""
    flags = 0
    for layer in layers:
        flags |= _FLAGS.get(layer, 0)
    return flags


def map_own_ids(uid: int, gid: int) -> None:
    """In a new user namespace be who one was outside. Raises OSError."""
    kernel.set_dumpable(dumpable=True)  # otherwise the maps belong to root
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    finally:
        kernel.set_dumpable(dumpable=False)


def mount_private(box: str, *, uid: int, gid: int, size_mb: int) -> None:
    """An own, empty, bounded home and shared memory for this mount namespace. Raises OSError."""
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    options = f"size={size_mb}m,nr_inodes={_INODES},mode=0700,uid={uid},gid={gid}"
    kernel.mount("box", box, "tmpfs", _SAFE, options)
    if Path(SHARED_MEMORY).is_dir():
        kernel.mount("shm", SHARED_MEMORY, "tmpfs", _SAFE | kernel.MS_NOEXEC, options)


def mount_proc() -> None:
    """A /proc that shows this pid namespace only. Raises OSError."""
    kernel.mount("proc", "/proc", "proc", _SAFE | kernel.MS_NOEXEC)


def is_reachable(path: str) -> bool:
    """Whether any user may enter all folders down to `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in Path(path).resolve().parents)
