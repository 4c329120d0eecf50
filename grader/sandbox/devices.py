"""Which GPUs are here, and what a worker needs to use one of them and no other.

`CudaGpus` is written from NVIDIA's and torch's documentation. `RehearsedGpus` stands in for it where no
GPU is, in the harness's own tests; it is chosen by the environment variable TORCHGRADE_REHEARSED_GPUS.
The worker's half is `grader.worker.accelerators`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

REHEARSAL = "TORCHGRADE_REHEARSED_GPUS"
_CONTROLS = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
_DRIVERS = ("usr/local/nvidia", "usr/local/cuda", "usr/lib/wsl")
"""Where containers have the driver's libraries, beside the system's own folders."""
_HOST_MB = 4096
"""Host memory that a CUDA context takes beyond a submission's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU: what people call it, and what a worker must reach and know to use it."""

    key: str
    """Names it on this machine, the same for every process."""
    name: str
    devices: tuple[str, ...] = ()
    """Device files, to be read, written and controlled."""
    read: tuple[str, ...] = ()
    """Other files that it needs and that the interpreter's view does not hold."""
    environment: Mapping[str, str] = field(default_factory=dict)
    host_mb: int = 0
    """Host memory that its context takes, which is not the submission's."""


class Gpus(Protocol):
    """The GPUs of a machine."""

    @property
    def kind(self) -> str:
        """Under which name the worker knows them."""

    @property
    def torch_device(self) -> str:
        """What the fixture `device` gives for tests marked `gpu`."""

    @property
    def options(self) -> Mapping[str, Any]:
        """What the worker needs to know for waking one."""

    def found(self) -> tuple[Gpu, ...]:
        """Those that this process may use."""

    def adopt(self, gpu: Gpu) -> bool:
        """Let this process's own tensors live on one; whether torch can use it here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CudaGpus:
    """NVIDIA's, as the driver lists them under /proc; none is woken by looking."""

    root: Path = Path("/")
    visible: str | None = field(default_factory=lambda: os.environ.get("CUDA_VISIBLE_DEVICES"))
    """The operator's own choice, by numbers in the order of the bus, or by UUIDs."""
    kind: str = "cuda"
    torch_device: str = "cuda"

    @property
    def options(self) -> Mapping[str, Any]:
        """Nothing to know."""
        return {}

    def found(self) -> tuple[Gpu, ...]:
        """Those that have a device file here and that CUDA_VISIBLE_DEVICES allows."""
        folder = self.root / "proc/driver/nvidia/gpus"
        listed = [_facts(path) for path in sorted(folder.glob("*/information"))]
        return tuple(gpu for facts in self._allowed(listed) if (gpu := self._gpu(facts)) is not None)

    def _allowed(self, listed: list[dict[str, str]]) -> list[dict[str, str]]:
        if self.visible is None:
            return listed
        chosen = []
        for entry in self.visible.split(","):
            found = _named(listed, entry.strip())
            if not found:  # as CUDA does: what follows an entry that names nothing does not count
                break
            chosen += found
        return chosen

    def _gpu(self, facts: Mapping[str, str]) -> Gpu | None:
        node = self.root / "dev" / f"nvidia{facts.get('Device Minor', '')}"
        uuid = facts.get("GPU UUID", "")
        if not node.exists() or not uuid:
            return None
        controls = (self.root / "dev" / name for name in _CONTROLS)
        drivers = [str(path) for name in _DRIVERS if (path := self.root / name).is_dir()]
        environment = {
            "CUDA_VISIBLE_DEVICES": uuid,
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_CACHE_DISABLE": "1",  # it would count as the submission's files
        }
        if drivers:
            libraries = [Path(path, name) for path in drivers for name in ("lib", "lib64")]
            environment["LD_LIBRARY_PATH"] = ":".join(str(path) for path in libraries if path.is_dir())
        return Gpu(
            key=uuid,
            name=facts.get("Model", "NVIDIA GPU"),
            devices=(str(node), *(str(path) for path in controls if path.exists())),
            read=tuple(drivers),
            environment=environment,
            host_mb=_HOST_MB,
        )

    def adopt(self, gpu: Gpu) -> bool:
        """To be called before torch has looked for GPUs in this process."""
        os.environ.update(gpu.environment)
        import torch

        return torch.cuda.is_available()


def _named(listed: list[dict[str, str]], entry: str) -> list[dict[str, str]]:
    """What one entry of CUDA_VISIBLE_DEVICES names: a number, or the beginning of a UUID."""
    if entry.isdigit():
        return listed[int(entry) : int(entry) + 1]
    return [one for one in listed if entry and one.get("GPU UUID", "").startswith(entry)]


def _facts(path: Path) -> dict[str, str]:
    """`Model:  NVIDIA H200` and so on; empty where it cannot be read."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedGpus:
    """As many as wanted, with any files in place of device files; they compute on the CPU."""

    devices: tuple[tuple[str, ...], ...] = ((),)
    """The stand-in files of each."""
    wake_s: float = 0.0
    kind: str = "rehearsed"
    torch_device: str = "cpu"

    @classmethod
    def of(cls, text: str) -> RehearsedGpus:
        """From JSON: {"devices": [[FILE, ...], ...], "wake_s": 0.1}."""
        data = json.loads(text)
        devices: Iterable[Iterable[str]] = data.get("devices", [[]])
        return cls(devices=tuple(tuple(files) for files in devices), wake_s=data.get("wake_s", 0.0))

    @property
    def options(self) -> Mapping[str, Any]:
        """How slow it is."""
        return {"wake_s": self.wake_s}

    def found(self) -> tuple[Gpu, ...]:
        """All of them."""
        return tuple(
            Gpu(
                key=f"rehearsed-{number}",
                name=f"rehearsed GPU {number}",
                devices=files,
                environment={"CUDA_VISIBLE_DEVICES": f"rehearsed-{number}"},
            )
            for number, files in enumerate(self.devices)
        )

    def adopt(self, gpu: Gpu) -> bool:
        """The CPU is here."""
        return True


def gpus_here() -> Gpus:
    """The real ones, unless a rehearsal was asked for."""
    rehearsal = os.environ.get(REHEARSAL)
    return CudaGpus() if rehearsal is None else RehearsedGpus.of(rehearsal)
