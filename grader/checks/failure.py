"""A failed check as data; text comes last."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a check found: one sentence, then the figures, and the path inside a nested result."""

    sentence: str
    path: str = ""
    figures: tuple[str, ...] = ()

    def text(self) -> str:
        """For people: the sentence first, then the figures, a line each."""
        where = f" at result{self.path}" if self.path else ""
        return "\n".join([f"{self.sentence}{where}", *(f"  {line}" for line in self.figures)])
