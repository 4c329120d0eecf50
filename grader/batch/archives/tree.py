"""An archive's members as folders and files; what is unsafe in it stays visible as that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from grader.batch.archives.limits import Budget
from grader.batch.names import readable
from grader.batch.nodes import Kind, Node, Unreadable, too_large


class Content(Protocol):
    """The bytes of a member, unpacked when they are asked for."""

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces. Raises Unreadable."""

    def check(self, budget: Budget) -> None:
        """Count all of it and keep none. Raises Unreadable."""


class Member(Node):
    """A name in an archive."""

    def __init__(self, name: str, kind: Kind, outer: str, problem: str = "") -> None:
        self.name = name
        self.kind = kind
        self.problem = problem
        self._outer = outer
        self._children: dict[str, Member] = {}
        self._modified: datetime | None = None
        self._content: Content | None = None

    @property
    def shown(self) -> str:
        return f"{self._outer}/{self.name}" if self.name else self._outer

    @property
    def modified(self) -> datetime | None:
        return self._modified

    def children(self) -> list[Node]:
        return [self._children[name] for name in sorted(self._children)]

    def read(self, limit: int) -> bytes:
        if self.kind is not Kind.FILE or self._content is None:
            raise Unreadable(self.problem or f"{readable(self.name)} is not a regular file")
        kept: list[bytes] = []
        size = 0
        for chunk in self._content.chunks():
            size += len(chunk)
            if size > limit:
                raise too_large(self.name, limit)
            kept.append(chunk)
        return b"".join(kept)

    def check(self, budget: Budget) -> None:
        """Unpack it, count it, keep nothing. Raises Unreadable where it is unsafe, damaged or too large."""
        if self.kind is Kind.UNSAFE:
            raise Unreadable(self.problem)
        if self._content is not None:
            self._content.check(budget)
        for child in self._children.values():
            child.check(budget)

    def add(
        self,
        parts: tuple[str, ...],
        kind: Kind,
        *,
        problem: str = "",
        modified: datetime | None = None,
        content: Content | None = None,
    ) -> None:
        """Put a member into its place, with the folders on the way."""
        place = self
        for number, part in enumerate(parts[:-1]):
            inner = place._children.get(part)
            if inner is None:
                inner = place._put(part, Kind.FOLDER)
            elif inner.kind is not Kind.FOLDER:
                inner._spoil(f"{'/'.join(parts[: number + 1])} is a file and a folder at once")
                return
            place = inner
        place._put_last(parts[-1] if parts else "?", kind, problem, modified, content)

    def _put_last(
        self, name: str, kind: Kind, problem: str, modified: datetime | None, content: Content | None
    ) -> None:
        before = self._children.get(name)
        if before is None:
            before = self._put(name, kind, problem)
        elif Kind.UNSAFE in (kind, before.kind):
            before._spoil(before.problem or problem)
        elif kind is not Kind.FOLDER or before.kind is not Kind.FOLDER:
            before._spoil(f"{name} stands more than once in the archive; which is meant cannot be told")
        before._modified, before._content = modified, content

    def _put(self, name: str, kind: Kind, problem: str = "") -> Member:
        made = self._children[name] = Member(name, kind, self.shown, problem)
        return made

    def _spoil(self, problem: str) -> None:
        self.kind, self.problem = Kind.UNSAFE, problem


def new_root(outer: str) -> Member:
    """An archive's top, which has the archive's name."""
    return Member("", Kind.FOLDER, outer)
