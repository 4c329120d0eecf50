"""The layers of a plan, put around each worker of a fork server in their fixed order."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.model.errors import HarnessFault, IsolationError
from grader.sandbox import kernel, landlock, limits, namespaces, privileges, seccomp, sweep
from grader.sandbox.layers import (
    CAPABILITIES,
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

_SCARCE = (errno.EAGAIN, errno.ENOMEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the judge tells a new fork server, as plain data."""

    layers: tuple[str, ...]
    read: tuple[str, ...]
    box: str
    """Where a worker's home is mounted, or the folder in which each gets one without own mounts."""
    warm: tuple[str, ...]
    memory_mb: int
    scratch: str | None = None
    """A folder of the judge's for this fork server, to be removed with it."""

    def to_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Settings:
        """From what `to_data` gave."""
        lists = {name: tuple(data[name]) for name in ("layers", "read", "warm")}
        return cls(**{**data, **lists})


@contextlib.contextmanager
def _applying(layer: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IsolationError(f"{layer}: {error.strerror or error}") from error


class LinuxConfinement:
    """The `Confinement` of a fork server on Linux. A layer outside the plan is not tried."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._layers = frozenset(settings.layers)
        self._flags = namespaces.flags_of(settings.layers)
        self._ids = (os.getuid(), os.getgid())
        self._landlock_abi = landlock.abi()
        self._worker_ids = self._ids

    def fork(self) -> int:
        """Fork a stub. Raises IsolationError, or HarnessFault where the machine has no room."""
        if UID in self._layers:
            uid = privileges.pick_uid()
            self._worker_ids = (uid, uid)
        try:
            return kernel.fork_into(self._flags) if self._flags else os.fork()
        except OSError as error:
            if error.errno in _SCARCE:
                raise HarnessFault(f"no new process: {error.strerror}") from error
            raise IsolationError(f"namespaces: {error.strerror}") from error

    def enclose(self, request: dict[str, Any]) -> None:
        """In the stub: namespaces, mounts, the worker's home."""
        with _applying("die with parent"):
            kernel.die_with_parent()
        if PIDNS not in self._layers:
            with _applying("subreaper"):
                sweep.adopt_orphans()
        size_mb = 4 * int(request["limits"]["file_mb"])
        for layer, step in self._shared_steps(size_mb):
            with _applying(layer):
                step()
        if MOUNTS not in self._layers:
            with _applying("home"):
                self._make_home(request["home"])

    def _shared_steps(self, size_mb: int) -> list[tuple[str, Callable[[], None]]]:
        uid, gid = self._worker_ids
        steps: dict[str, Callable[[], None]] = {
            USERNS: lambda: namespaces.map_own_ids(*self._ids),
            MOUNTS: lambda: namespaces.mount_private(self._settings.box, uid=uid, gid=gid, size_mb=size_mb),
            PROC: namespaces.mount_proc,
        }
        return [(layer, step) for layer, step in steps.items() if layer in self._layers]

    def _make_home(self, home: str) -> None:
        Path(home).mkdir(mode=0o700)
        os.chown(home, *self._worker_ids)

    def confine(self, request: dict[str, Any]) -> str:
        """In the worker: limits, uid, files, capabilities, system calls. Gives its home."""
        wanted = WorkerLimits.of(request["limits"])
        home: str = self._settings.box if MOUNTS in self._layers else request["home"]
        os.setsid()
        steps: dict[str, Callable[[], None]] = {
            LIMITS: lambda: limits.apply(wanted, tasks_before=self._tasks_before()),
            CAPABILITIES: privileges.drop_bounding,
            UID: lambda: privileges.become(self._worker_ids[0]),
            "no-new-privileges": privileges.forbid_new,
            "die with parent": kernel.die_with_parent,
            "not dumpable": lambda: kernel.set_dumpable(dumpable=False),
            LANDLOCK: lambda: self._close_files(home),
            "capabilities": self._drop_capabilities,
            SECCOMP: lambda: seccomp.install(may_fork=wanted.processes > 0),
        }
        optional = frozenset((LIMITS, CAPABILITIES, UID, LANDLOCK, SECCOMP))
        for layer, step in steps.items():
            if layer not in optional or layer in self._layers:
                with _applying(layer):
                    step()
        return home

    def _tasks_before(self) -> int | None:
        if self._layers & {UID, USERNS}:
            return 0
        uid = os.getuid()
        return None if uid == 0 else limits.count_tasks(uid)  # the kernel never counts uid 0

    def _close_files(self, home: str) -> None:
        shared = (namespaces.SHARED_MEMORY,) if MOUNTS in self._layers else ()
        landlock.restrict(
            read=(*self._settings.read, *KERNEL_READ),
            write=(home, *shared, *KERNEL_WRITE),
            version=self._landlock_abi,
        )

    def _drop_capabilities(self) -> None:
        if CAPABILITIES in self._layers:
            privileges.drop_capabilities()

    def sweep(self, apart_from: frozenset[int] = frozenset()) -> None:
        """End all descendants but these children and theirs; a pid namespace does it by itself."""
        if PIDNS not in self._layers:
            sweep.end_descendants(apart_from=apart_from)
