"""Whose a result is, where it was handed in, and how late, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A student, as far as downloads and the roster know one."""

    key: str
    """The name of the result file, without its ending."""
    name: str
    id: str = ""
    """The roster's id."""
    email: str = ""
    login: str = ""
    section: str = ""
    group: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    """Ids by platform: `canvas`, `moodle`, `sid` (Gradescope), `github`."""
    on_roster: bool = False

    @property
    def identity(self) -> str:
        """The same for one person in every assignment."""
        if self.id:
            return f"id:{self.id}"
        known = sorted(self.ids.items())
        return ":".join(known[0]) if known else f"key:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """How late a hand-in was, and what that cost."""

    seconds: float
    """After the due time; of the grace nothing is taken off."""
    days: int
    """Days begun after the due time; 0 within the grace."""
    budget_days: int = 0
    """Days that the course's budget of late days paid for."""
    penalty: float = 0.0
    """Points taken off `raw_score`."""
    note: str = ""
    """How the time is known, where the platform did not tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a hand-in came from."""

    format: str
    prefix: str = ""
    """What the name of a feedback file must begin with, so that the platform takes it back."""
    group: str = ""
    """The group that handed it in together."""
