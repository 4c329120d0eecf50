"""A worker's own namespaces: the flags to fork with, and what its first process sets up in them."""

from __future__ import annotations

import os
import stat
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


def mount_private(box: str, *, uid: int, gid: int, size_mb: int, files: int) -> None:
    """An own, empty, bounded home and shared memory for this mount namespace. Raises OSError."""
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    options = f"size={size_mb}m,nr_inodes={files},mode=0700,uid={uid},gid={gid}"
    kernel.mount("box", box, "tmpfs", _SAFE, options)
    if Path(SHARED_MEMORY).is_dir():
        kernel.mount("shm", SHARED_MEMORY, "tmpfs", _SAFE | kernel.MS_NOEXEC, options)


def mount_proc() -> None:
    """A /proc that shows this pid namespace only. Raises OSError."""
    kernel.mount("proc", "/proc", "proc", _SAFE | kernel.MS_NOEXEC)


def closed_folder(path: str) -> Path | None:
    """The first folder on the way to `path` that not every user may pass."""
    ways = reversed(Path(path).absolute().parents)
    return next((folder for folder in ways if not folder.stat().st_mode & 0o001), None)


def open_ways(paths: Iterable[str]) -> None:
    """For this process and its children, make these paths reachable for every user.

    Folders that only root may pass (an interpreter under /root) are covered by an empty one in which
    nothing but these paths is mounted. Needs root's rights. Raises OSError.
    """
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    behind: dict[Path, list[tuple[Path, int]]] = {}
    for path in paths:
        folder = closed_folder(path)
        if folder is not None:
            behind.setdefault(folder, []).append((Path(path), os.open(path, os.O_PATH)))
    for folder, found in behind.items():
        kernel.mount("way", str(folder), "tmpfs", _SAFE, "mode=0755")
        for target, held in found:
            _mount_held(target, held)
        kernel.mount("none", str(folder), None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _SAFE)


def _mount_held(path: Path, held: int) -> None:
    """Mount what a descriptor holds on a path that is covered now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():  # it may lie inside another one that is mounted already
        if stat.S_ISDIR(os.fstat(held).st_mode):
            path.mkdir()
        else:
            path.touch()
        kernel.mount(f"/proc/self/fd/{held}", str(path), None, kernel.MS_BIND | kernel.MS_REC)
    os.close(held)
