"""Zip archives, parsed by the standard library; members are unpacked only when they are read."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from grader.batch.archives.foreign import told_as_unreadable
from grader.batch.archives.limits import ArchiveLimits, Budget
from grader.batch.archives.paths import safe_parts, unicode_name
from grader.batch.archives.tree import Member, new_root
from grader.batch.nodes import Kind, Unreadable, plausible

CHUNK = 256 * 1024
_ENCRYPTED = 0x1
_UTF8 = 0x800
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})
"""Not LZMA: its header may claim gigabytes of memory."""
_CENTRAL_BYTES_PER_ENTRY = 1024


class _Guarded:
    """A file that gives no more at once than a list of the allowed number of entries needs."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._most = most

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            raise Unreadable("the archive has more entries than are read")
        return self._file.read(self._most if size < 0 else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()


def open_zip(file: IO[bytes], outer: str, budget: Budget) -> Member:
    """The tree of a zip archive, whose members are read from `file` later. Raises Unreadable."""
    with told_as_unreadable("the archive", "zip"):
        guarded = _Guarded(file, max(CHUNK, budget.limits.entries * _CENTRAL_BYTES_PER_ENTRY))
        archive = zipfile.ZipFile(guarded)
        root = new_root(outer)
        for info in archive.infolist():
            budget.entry()
            _add(root, archive, info, budget.limits)
    return root


def _add(root: Member, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    name = unicode_name(info.orig_filename, is_utf8=bool(info.flag_bits & _UTF8))
    parts, problem = safe_parts(name, limits)
    if not parts and not problem:
        return  # the top itself, as `./`
    kind = Kind.FOLDER if name.endswith("/") else Kind.FILE
    problem = problem or _mode_problem(info, name)
    if problem:
        kind = Kind.UNSAFE
    content = _ZipContent(archive, info, name) if kind is Kind.FILE else None
    root.add(parts, kind, problem=problem, modified=_modified(info), content=content)


def _mode_problem(info: zipfile.ZipInfo, name: str) -> str:
    """Links and special files, which Unix zips keep in the attributes."""
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return f"{name} is a symbolic link; links are never followed"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"{name} is not a regular file"
    return ""


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    try:  # a zip's clock has no time zone; UTC is a guess, and whoever uses it says so
        return plausible(datetime(*info.date_time, tzinfo=UTC))
    except ValueError:
        return None


@dataclass(frozen=True)
class _ZipContent:
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    name: str

    def chunks(self) -> Iterator[bytes]:
        if self.info.flag_bits & _ENCRYPTED:
            raise Unreadable(f"{self.name} is encrypted; hand it in without a password")
        if self.info.compress_type not in _METHODS:
            number = self.info.compress_type
            raise Unreadable(f"{self.name} is compressed by a method that is not read (number {number})")
        with (
            told_as_unreadable(f"{self.name} in the archive", "zip"),
            self.archive.open(self.info) as member,
        ):
            while chunk := member.read(CHUNK):
                yield chunk

    def check(self, budget: Budget) -> None:
        budget.reads(max(1, self.info.compress_size))  # no more is read, whatever the header says
        for chunk in self.chunks():
            budget.gave(len(chunk))
