"""Probes that ask something of another target, be it a name or a probe of the author's."""

from __future__ import annotations

from dataclasses import dataclass

from grader.worker.calls import Probe


@dataclass(frozen=True)
class Asked:
    """A target inside a ready-made probe, which plain data could not carry. Subclasses can be called.

    It goes by the target's own name, so that messages and tapes name what the author asked about.
    """

    target: str | Probe

    def __post_init__(self) -> None:
        named = isinstance(self.target, str)
        for attribute in ("__name__", "__qualname__"):
            value = self.target if named else getattr(self.target, attribute)
            object.__setattr__(self, attribute, value)
