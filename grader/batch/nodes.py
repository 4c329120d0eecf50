"""Files and folders as submissions hold them, wherever they lie: on a disk or in an archive.

A node is looked at, listed and read with limits; nothing is ever followed, written or executed.
"""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cached_property
from pathlib import Path

from grader.batch.names import readable


class Kind(Enum):
    """What a name stands for."""

    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    OTHER = auto()
    """A pipe, a socket, a device."""
    UNSAFE = auto()
    """Part of an archive that must not be unpacked; `problem` says why."""


YEARS = (1980, 2200)
"""Of hand-ins."""


class Unreadable(Exception):
    """Something cannot be read; the text says what and why, for a rejection."""


class Node(ABC):
    """A name in a folder."""

    name: str
    kind: Kind
    problem: str = ""

    @property
    @abstractmethod
    def shown(self) -> str:
        """Where it lies, for people; unique."""

    @property
    @abstractmethod
    def modified(self) -> datetime | None:
        """The time that the file system or the archive has for it, with a zone; None where it has none."""

    @abstractmethod
    def children(self) -> list[Node]:
        """What a folder holds, by name. Raises Unreadable."""

    @abstractmethod
    def read(self, limit: int) -> bytes:
        """A regular file's bytes. Raises Unreadable, also above `limit` bytes."""

    @property
    def is_folder(self) -> bool:
        return self.kind is Kind.FOLDER

    @property
    def suffix(self) -> str:
        """The ending in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return Path(self.name).stem


def plausible(at: datetime | None) -> datetime | None:
    """A time, if it can be one: files may have any, and reckoning with the year 9999 fails."""
    return at if at is not None and YEARS[0] <= at.year <= YEARS[1] else None


def too_large(name: str, limit: int) -> Unreadable:
    """The refusal of a file above its limit."""
    return Unreadable(f"{readable(name)} is larger than {limit // 1024} KiB, the most that is read")


@dataclass(frozen=True)
class DiskNode(Node):
    """A name on the disk. Links are never followed, pipes and devices never opened."""

    path: Path
    named_by_staff: bool = False
    """Given on the command line: a link there is meant."""

    @property
    def name(self) -> str:  # type: ignore[override]  # the base leaves open whether it is stored or made
        return self.path.name

    @property
    def shown(self) -> str:
        return readable(str(self.path.absolute()))

    @cached_property
    def kind(self) -> Kind:  # type: ignore[override]  # as above
        try:
            mode = self.path.stat(follow_symlinks=self.named_by_staff).st_mode
        except OSError:
            return Kind.OTHER
        if stat.S_ISLNK(mode):
            return Kind.LINK
        return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.FILE if stat.S_ISREG(mode) else Kind.OTHER

    @property
    def modified(self) -> datetime | None:
        try:
            return plausible(datetime.fromtimestamp(int(self.path.lstat().st_mtime), UTC))
        except (OSError, ValueError, OverflowError):
            return None

    def children(self) -> list[Node]:
        if self.kind is Kind.LINK:
            raise Unreadable("the submission is a symbolic link; links are never followed")
        try:
            return [DiskNode(inside) for inside in sorted(self.path.iterdir(), key=lambda each: each.name)]
        except OSError as error:
            raise Unreadable(f"the folder cannot be read: {error.strerror}") from error

    def read(self, limit: int) -> bytes:
        name = readable(self.name)
        try:
            if stat.S_ISLNK(self.path.lstat().st_mode):
                raise Unreadable(f"{name} is a symbolic link; links are never followed")
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with open(os.open(self.path, flags), "rb") as file:  # noqa: PTH123 - pathlib opens no descriptor
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Unreadable(f"{name} is not a regular file")
                data = file.read(limit + 1)
        except OSError as error:
            raise Unreadable(f"{name} cannot be read: {error.strerror}") from error
        if len(data) > limit:
            raise too_large(self.name, limit)
        return data
