"""What a worker says that it recorded, as a value with checked types and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_MOST_OPS = 4_000
"""Names in a record; torch has about this many operations."""
_LONGEST_NAME = 200
_MOST = 2**62
_NUMBERS = ("largest_numel", "flops", "peak_bytes", "brought_in", "taken_out")
_SIGNALS = frozenset({"call", "module", "operation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The operations of one call; see `grader.worker.operations` for what each number counts."""

    ops: Mapping[str, int]
    largest_numel: int
    flops: int
    peak_bytes: int
    brought_in: int
    taken_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A watched name, and how it was seen: `call`, `module` or `operation`."""

    name: str
    how: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that was recorded of one call."""

    operations: Operations | None = None
    seen: tuple[Seen, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """As plain data, for a tape."""
        return {
            "operations": asdict(self.operations) if self.operations else None,
            "seen": [[one.name, one.how, one.count] for one in self.seen],
        }


def read_record(claim: Any) -> Record | None:
    """A claimed record; None where it has not the shape of one."""
    try:
        operations, seen = claim["operations"], claim["seen"]
        return Record(
            operations=None if operations is None else _operations(operations),
            seen=tuple(_seen(*one) for one in _few(seen)),
        )
    except (TypeError, KeyError, ValueError):
        return None


def _operations(claim: Mapping[str, Any]) -> Operations:
    ops = {_name(name): _count(count) for name, count in _few(claim["ops"]).items()}
    return Operations(ops=ops, **{number: _count(claim[number]) for number in _NUMBERS})


def _seen(name: Any, how: Any, count: Any) -> Seen:
    if how not in _SIGNALS:
        raise ValueError(how)
    return Seen(name=_name(name), how=how, count=_count(count))


def _few(claim: Any) -> Any:
    if not isinstance(claim, list | dict) or len(claim) > _MOST_OPS:
        raise ValueError("too many")
    return claim


def _name(claim: Any) -> str:
    if not isinstance(claim, str) or len(claim) > _LONGEST_NAME:
        raise ValueError("not a name")
    return claim


def _count(claim: Any) -> int:
    if type(claim) is not int or not 0 <= claim <= _MOST:
        raise ValueError("not a count")
    return claim
