"""A failed check as data; text comes last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The two tensors that a comparison stopped at, from which a hint is searched.

    It holds what is expected: it is never stored, sent, or shown.
    """

    actual: torch.Tensor = field(repr=False)
    expected: torch.Tensor = field(repr=False)
    inputs: Sequence[Any] = field(default=(), repr=False)
    """What the call was given, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a check found: one sentence, then the figures, and the path inside a nested result."""

    sentence: str
    path: str = ""
    figures: tuple[str, ...] = ()
    mismatch: Mismatch | None = field(default=None, repr=False, compare=False)

    def text(self) -> str:
        """For people: the sentence first, then the figures, a line each."""
        where = f" at result{self.path}" if self.path else ""
        return "\n".join([f"{self.sentence}{where}", *(f"  {line}" for line in self.figures)])
