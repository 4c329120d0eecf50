"""The layers of a plan, put around each worker of a fork server in their fixed order."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Container, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.model.errors import HarnessFault, IsolationError
from grader.sandbox import kernel, landlock, namespaces, privileges, seccomp, sweep
from grader.sandbox import limits as rlimits
from grader.sandbox.layers import (
    CAPABILITIES,
    INNER,
    LANDLOCK,
    LIMITS,
    MOUNTS,
    PIDNS,
    PROC,
    SECCOMP,
    UID,
    USERNS,
    WorkerLimits,
)
from grader.sandbox.view import KERNEL_READ, KERNEL_WRITE
from grader.sandbox.watch import watch_for

_WITH_PARENT = "end with the parent"
_SCARCE = (errno.EAGAIN, errno.ENOMEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the judge tells a new fork server, as plain data."""

    read: tuple[str, ...]
    box: str
    """Where a worker's home is mounted, or the folder in which each gets one without own mounts."""
    warm: tuple[str, ...]
    scratch: str | None = None
    """A folder of the judge's for this fork server, to be removed with it."""
    open_ways: bool = False
    """Make `read` and `devices` reachable for every user first."""
    devices: tuple[str, ...] = ()
    """Device files that workers may use."""

    def to_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Settings:
        """From what `to_data` gave."""
        lists = {name: tuple(data[name]) for name in ("read", "warm", "devices")}
        return cls(**{**data, **lists})


@contextlib.contextmanager
def _applying(layer: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IsolationError(f"{layer}: {error.strerror or error}") from error


class LinuxConfinement:
    """The `Confinement` of a fork server on Linux. Each request names the layers around its worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ids = (os.getuid(), os.getgid())
        self._landlock_abi = landlock.abi()
        self._worker_ids = self._ids

    def fork(self, request: dict[str, Any]) -> int:
        """Fork a stub. Raises IsolationError, or HarnessFault where the machine has no room."""
        uid = privileges.pick_uid() if UID in request["layers"] else None
        self._worker_ids = self._ids if uid is None else (uid, uid)
        flags = namespaces.flags_of(request["layers"])
        try:
            return kernel.fork_into(flags) if flags else os.fork()
        except OSError as error:
            if error.errno in _SCARCE:
                raise HarnessFault(f"no new process: {error.strerror}") from error
            raise IsolationError(f"namespaces: {error.strerror}") from error

    def enclose(self, request: dict[str, Any]) -> None:
        """In the stub: namespaces, mounts, the worker's home."""
        uid, gid = self._worker_ids
        box, limits = self._settings.box, WorkerLimits.of(request["limits"])
        steps: dict[str, Callable[[], None]] = {
            _WITH_PARENT: kernel.die_with_parent,
            "out of memory": kernel.go_first_out_of_memory,
            USERNS: lambda: namespaces.map_own_ids(*self._ids),
            MOUNTS: lambda: namespaces.mount_private(
                box, uid=uid, gid=gid, size_mb=limits.files_mb, files=limits.files
            ),
            PROC: namespaces.mount_proc,
        }
        if PIDNS not in request["layers"]:
            steps["subreaper"] = sweep.adopt_orphans
        if MOUNTS not in request["layers"]:
            steps["home"] = lambda: self._make_home(request["home"])
        _apply(steps, request["layers"])

    def _make_home(self, home: str) -> None:
        Path(home).mkdir(mode=0o700)
        os.chown(home, *self._worker_ids)

    def confine(self, request: dict[str, Any]) -> str:
        """In the worker: limits, uid, files, capabilities, system calls. Gives its home."""
        layers = frozenset(request["layers"])
        wanted = WorkerLimits.of(request["limits"])
        home: str = self._settings.box if MOUNTS in layers else request["home"]
        os.setsid()
        steps: dict[str, Callable[[], None]] = {
            LIMITS: lambda: rlimits.apply(
                wanted, tasks_before=_tasks_before(layers), bounds_space=not self._settings.devices
            ),
            UID: lambda: privileges.become(self._worker_ids[0]),
            _WITH_PARENT: kernel.die_with_parent,
            # The own files in /proc stay readable where nobody else could misuse that.
            "dumpable": lambda: kernel.set_dumpable(dumpable=bool(layers & {UID, PIDNS, LANDLOCK})),
            "no-new-privileges": privileges.forbid_new,
            LANDLOCK: lambda: self._close_files(home, own_mounts=MOUNTS in layers),
            CAPABILITIES: privileges.drop_capabilities,
            SECCOMP: lambda: seccomp.install(
                may_fork=wanted.processes > 0, may_share=bool(self._settings.devices)
            ),
        }
        if CAPABILITIES in layers:
            privileges.drop_bounding()  # before the uid, which takes the right to do it
        _apply(steps, layers)
        return home

    def watch(self, request: dict[str, Any]) -> Callable[[], int] | None:
        """In the stub: what looks at the worker, where the kernel's limits leave something out."""
        layers = frozenset(request["layers"])
        return watch_for(layers, WorkerLimits.of(request["limits"]), request["home"])

    def _close_files(self, home: str, *, own_mounts: bool) -> None:
        shared = (namespaces.SHARED_MEMORY,) if own_mounts else ()
        landlock.restrict(
            read=(*self._settings.read, *KERNEL_READ),
            write=(home, *shared, *KERNEL_WRITE, *self._settings.devices),
            version=self._landlock_abi,
        )

    def sweep(self, apart_from: frozenset[int] = frozenset()) -> None:
        """End all descendants but these children and theirs; a pid namespace does it by itself."""
        if os.getpid() != 1:
            sweep.end_descendants(apart_from=apart_from)


def _apply(steps: dict[str, Callable[[], None]], layers: Container[str]) -> None:
    """Run the steps of these layers, and those that belong to no layer, in their order."""
    for layer, step in steps.items():
        if layer in layers or layer not in INNER:
            with _applying(layer):
                step()


def _tasks_before(layers: frozenset[str]) -> int | None:
    if layers & {UID, USERNS}:
        return 0
    uid = os.getuid()
    return None if uid == 0 else rlimits.count_tasks(uid)  # the kernel never counts uid 0
