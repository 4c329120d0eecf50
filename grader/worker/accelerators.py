"""A GPU as a worker uses it: waking it, bounding its memory, waiting for it, knowing that it is lost.

The judge's half, which GPUs are here and which files they need, is `grader.sandbox.devices`. A GPU is
woken after the worker was forked and confined: CUDA cannot be used in the child of a process that used
it, and the threads that its driver starts must be confined like every other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

_STICKY = "CUDA error:"
"""How torch begins the text of an error after which a context answers nothing any more."""


class Accelerator(Protocol):
    """What a worker computes on besides the CPU."""

    def wake(self, memory_mb: int) -> None:
        """Start its context, and bound the memory that tensors may take on it. Raises RuntimeError."""

    def reset(self) -> None:
        """Before a call: full float32 precision, whatever an earlier call has chosen."""

    def settle(self) -> None:
        """After a call: wait for everything that it started, in all streams; raises what failed in it.

        A reply carries the bytes of its tensors, so that none can leave before the work that makes
        them is done; this also waits for work that the reply does not need.
        """

    def is_lost(self, error: BaseException) -> bool:
        """Whether nothing can be computed on it any more in this process."""


class NoAccelerator:
    """A worker for the CPU alone."""

    def wake(self, memory_mb: int) -> None:
        """Nothing sleeps."""

    def reset(self) -> None:
        """Nothing to choose."""

    def settle(self) -> None:
        """Work on the CPU is done when its call returns."""

    def is_lost(self, error: BaseException) -> bool:
        """A CPU stays."""
        return False


class Cuda:
    """The one GPU that CUDA_VISIBLE_DEVICES leaves in view."""

    def wake(self, memory_mb: int) -> None:
        """Also runs the first matrix product, which loads what every submission would wait for."""
        torch.cuda.init()  # type: ignore[no-untyped-call]  # torch
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, memory_mb * 2**20 / total), 0)
        self.reset()
        one = torch.ones(8, 8, device="cuda")
        (one @ one).sum().item()

    def reset(self) -> None:
        """TF32 would round to ten bits of mantissa; convolutions use it by default."""
        torch.set_float32_matmul_precision("highest")
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False

    def settle(self) -> None:
        """All streams of the device."""
        torch.cuda.synchronize()

    def is_lost(self, error: BaseException) -> bool:
        """A failed assertion or an illegal access in a kernel: every later call repeats the error."""
        return isinstance(error, RuntimeError) and _STICKY in str(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed(Cuda):
    """Stands in for a GPU where there is none, computing on the CPU: for the harness's own tests.

    A submission loses it as it loses a real one, by an error of that text; or by leaving a file named
    `lost` in its home, as a kernel that fails after the call has returned.
    """

    wake_s: float = 0.0

    def wake(self, memory_mb: int) -> None:
        """As slow as it is told to be."""
        time.sleep(self.wake_s)
        self.reset()

    def settle(self) -> None:
        """The kernel that failed, if one did."""
        if Path(os.environ["HOME"], "lost").exists():
            raise RuntimeError(f"{_STICKY} an illegal memory access was encountered")


def accelerator_of(kind: str, options: Mapping[str, Any]) -> Accelerator:
    """By the name that the judge knows it under."""
    return {"cuda": Cuda, "rehearsed": Rehearsed}[kind](**options)
