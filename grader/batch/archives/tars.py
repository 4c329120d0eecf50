"""Tar archives, plain or compressed, parsed by the standard library in one pass from front to end."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from grader.batch.archives.foreign import told_as_unreadable
from grader.batch.archives.inflating import Inflating
from grader.batch.archives.limits import Budget
from grader.batch.archives.paths import safe_parts
from grader.batch.archives.tree import Member, new_root
from grader.batch.nodes import Kind, plausible, too_large

KEPT_BYTES = 1024 * 1024
"""A larger file is skipped, unless it is an archive itself: nothing that is graded is as large."""
_ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz")


def open_tar(file: IO[bytes], outer: str, budget: Budget) -> Member:
    """The tree of a tar archive, with what may be graded in memory. Raises Unreadable.

    A stream cannot be gone through twice cheaply, so that all of it is read, and counted, now.
    """
    root = new_root(outer)
    with (
        told_as_unreadable("the archive", "tar"),
        # A tar within a stream never seeks, so that no forged offset leads it back.
        tarfile.open(fileobj=Inflating(file, budget), mode="r|", errorlevel=1) as archive,
    ):
        for info in archive:
            budget.entry()
            _add(root, archive, info, budget)
    return root


def _add(root: Member, archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget) -> None:
    parts, problem = safe_parts(info.name, budget.limits)
    if not parts and not problem:
        return  # the top itself, as `./`
    problem = problem or _type_problem(info)
    kind = Kind.UNSAFE if problem else Kind.FOLDER if info.isdir() else Kind.FILE
    content = _TarContent(info.name, _kept(archive, info, budget)) if kind is Kind.FILE else None
    root.add(parts, kind, problem=problem, modified=_modified(info), content=content)


def _type_problem(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return f"{info.name} is a link; links are never followed"
    if info.issparse():
        return f"{info.name} is a sparse file"
    return "" if info.isreg() or info.isdir() else f"{info.name} is not a regular file"


@dataclass(frozen=True)
class _TarContent:
    name: str
    data: bytes | None

    def chunks(self) -> Iterator[bytes]:
        if self.data is None:
            raise too_large(self.name, KEPT_BYTES)
        yield self.data

    def check(self, budget: Budget) -> None:
        """Nothing is left to be unpacked: it was counted when the archive was opened."""


def _kept(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget) -> bytes | None:
    most = budget.limits.packed_bytes if info.name.lower().endswith(_ARCHIVES) else KEPT_BYTES
    member = archive.extractfile(info) if info.size <= most else None
    return None if member is None else member.read(most)


def _modified(info: tarfile.TarInfo) -> datetime | None:
    try:
        return plausible(datetime.fromtimestamp(int(info.mtime), UTC))
    except (ValueError, OverflowError, OSError):
        return None
