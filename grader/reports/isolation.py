"""Confinement levels in plain words."""

from __future__ import annotations

from grader.model.results import Isolation

_WORDS = {
    3: "strong: a submission reaches no file, network or process but its own",
    2: "good: a submission reaches no file and no network; some traces of other processes are visible",
    1: "weak: protects against accidents, not against a hostile submission; see `grader doctor`",
    0: "none: protects against accidents only, not against a hostile submission; see `grader doctor`",
}


def isolation_line(isolation: Isolation) -> str:
    """`level 2 - good: ... (a submission could see pids)`."""
    words = _WORDS.get(isolation.level, "unknown")
    could = f"; the canary could: {', '.join(isolation.could)}" if isolation.could else ""
    return f"level {isolation.level} of 3, {words}{could}"


def is_weak(isolation: Isolation) -> bool:
    """Whether people must be warned."""
    return isolation.level <= 1
