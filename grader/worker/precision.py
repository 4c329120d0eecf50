"""Probes around a target: the same in double precision, or with other threads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from grader.worker.calls import Probe, invoke
from grader.worker.shadows import Shadows


@dataclass(frozen=True, slots=True)
class Precise:
    """A probe: what `target` gives when it is computed in float64, in the dtypes that it gives it in."""

    target: str | Probe

    @property
    def __name__(self) -> str:
        return self.target if isinstance(self.target, str) else self.target.__name__

    def __call__(self, submission: ModuleType, *args: Any, **kwargs: Any) -> Any:
        """The target's value, its tensors and numbers read from the shadows."""
        shadows = Shadows()
        with _without_onednn(), shadows:
            value = invoke(submission, self.target, args, kwargs)
        answer = shadows.precise(value)
        shadows.write_back([args, kwargs])
        return answer


@dataclass(frozen=True, slots=True)
class Threaded:
    """A probe: what `target` gives with so many threads."""

    target: str | Probe
    threads: int

    @property
    def __name__(self) -> str:
        return self.target if isinstance(self.target, str) else self.target.__name__

    def __call__(self, submission: ModuleType, *args: Any, **kwargs: Any) -> Any:
        """The target's value; afterwards the number of threads is what it was."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            return invoke(submission, self.target, args, kwargs)
        finally:
            torch.set_num_threads(before)


@contextlib.contextmanager
def _without_onednn() -> Iterator[None]:
    """Its fused layers know no doubles; without them the same layers are made of operations that do."""
    before = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]  # a property of the module
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before
