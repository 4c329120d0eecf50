"""The names of the confinement layers, what a plan is, and what one worker may use."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

Outer = Literal["bwrap", "none"]

USERNS = "user-namespace"
NETNS = "network-namespace"
IPCNS = "ipc-namespace"
PIDNS = "pid-namespace"
MOUNTS = "private-tmpfs"
PROC = "private-proc"
UID = "own-uid"
LIMITS = "rlimits"
LANDLOCK = "landlock"
CAPABILITIES = "no-capabilities"
SECCOMP = "seccomp"

INNER = (USERNS, NETNS, IPCNS, PIDNS, MOUNTS, PROC, UID, LIMITS, LANDLOCK, CAPABILITIES, SECCOMP)
"""Every inner layer, in the order in which they are applied."""

NEEDS = {PROC: (PIDNS, MOUNTS)}
"""Layers that are meaningless without others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which layers stand around the fork server and around each worker."""

    outer: Outer
    inner: tuple[str, ...]
    fork: bool = True
    """False: every worker is a new interpreter, for platforms where forking with torch is fragile."""

    def without(self, *layers: str) -> Plan:
        """The same plan less some layers and those that need them. `bwrap` names the outer one."""
        gone = set(layers) | {layer for layer, needs in NEEDS.items() if set(needs) & set(layers)}
        outer: Outer = "none" if "bwrap" in gone else self.outer
        return Plan(
            outer=outer, inner=tuple(layer for layer in self.inner if layer not in gone), fork=self.fork
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers by name, the outermost first."""
        return (*(() if self.outer == "none" else (self.outer,)), *self.inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """What one worker may use."""

    memory_mb: int
    """Memory beyond what the warm fork server has already."""
    cpu_s: float
    """CPU seconds of the worker's whole life; rounded up to a second."""
    processes: int = 0
    """New processes at a time; 0 means none at all."""
    file_mb: int = 64
    """Size of one file, and four times that of all files together."""
    files: int = 4096
    """Files and folders in the worker's home."""
    open_files: int = 256

    @property
    def files_mb(self) -> int:
        """Size of all files together."""
        return 4 * self.file_mb

    @classmethod
    def of(cls, data: dict[str, Any]) -> WorkerLimits:
        """From plain data, as the fork server receives it."""
        return cls(**{field.name: data[field.name] for field in fields(cls)})
