"""What every format gives: hand-ins with whose they say they are, and what was left aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from grader.batch.contents import Named
from grader.batch.names import readable
from grader.batch.nodes import Node
from grader.model.runs import Ignored


class TimeSource(StrEnum):
    """Where the time of a hand-in comes from, the best first."""

    LMS = "lms"
    """Written by the platform."""
    MARK = "mark"
    """The platform says that it was late and not when; the time is the file's."""
    FILE = "file"
    """The file's own time, which copying may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose a hand-in says it is. Ids by the name of their kind, as in a roster's columns."""

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandIn:
    """One attempt of a student or a group, not read yet."""

    claims: tuple[Claim, ...]
    """One student, or the members of a group."""
    group: str = ""
    parts: tuple[Named, ...] = ()
    folder: Node | None = None
    """In place of parts: a folder that is listed when it is read."""
    stands_in: bool = False
    """Its only file stands for the first hand-in, whatever its name."""
    shown: str
    """Where it lies."""
    order: int = 0
    """Attempts of one student in one download: the later has the greater number."""
    submitted_at: datetime | None = None
    """Without a time zone where the platform gives none."""
    time_source: TimeSource | None = None
    late_mark: bool | None = None
    """What the platform says of lateness."""
    due: datetime | None = None
    """Its own due time, where the platform tells it: an extension is in it."""
    origin: str = "folders"
    prefix: str = ""
    """What the name of a feedback file must begin with, so that the platform takes it back."""

    @property
    def name(self) -> str:
        """The group's or the student's name, for people."""
        return self.group or self.claims[0].name


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a format made of a folder."""

    hand_ins: tuple[HandIn, ...]
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for."""

    assignment: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A format: its name for `--format`, its title for people, how it is told and how it is read."""

    name: str
    title: str
    matches: Callable[[Node, Sequence[Node], Wanted], bool]
    """The folder, what it holds, and what is looked for."""
    read: Callable[[Node, Wanted], Found]


def ignore(node: Node, reason: str) -> Ignored:
    """The note on something that is no submission."""
    return Ignored(path=node.shown, reason=reason)


def submission_time(
    told: datetime | None, of_file: datetime | None
) -> tuple[datetime | None, TimeSource | None]:
    """What the platform tells, else the file's own time, and which of them it is."""
    if told:
        return told, TimeSource.LMS
    return of_file, TimeSource.FILE if of_file else None


def person_name(text: str) -> str:
    """A name for people; never empty."""
    return " ".join(readable(text).split()) or "unnamed"
