"""The folder of pages: each written whole or not at all, the table last, and nobody else's file touched."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

from grader.model.errors import HarnessFault, UsageError
from grader.model.runs import Row
from grader.reports.files import write_whole
from grader.reports.html.overview import FOLDER, page_name

INDEX = "index.html"
MARK = '<meta name="generator" content="torchgrade">'
"""Stands near the top of every page, and tells them from other people's."""
_MARK_WITHIN = 1_000


class PageFolder:
    """Where the pages of a run go."""

    def __init__(self, folder: Path, rows: Iterable[Row]) -> None:
        """Raises UsageError where a page has an unsafe name, or a foreign file is in its place."""
        self._folder = folder
        self._names = {_safe(row.key): page_name(row.key) for row in rows}
        for path in (self.index, *map(self.page, self._names)):
            if path.is_dir() or (path.exists() and not _is_ours(path)):
                raise UsageError(
                    f"{path} is there, and no page of an earlier report: it is not written over. "
                    "Give --html a folder of its own."
                )

    @property
    def index(self) -> Path:
        return self._folder / INDEX

    def page(self, key: str) -> Path:
        """Where a submission's page is."""
        return self._folder / FOLDER / self._names[key]

    def write(self, path: Path, text: str) -> None:
        """Raises UsageError where the folder cannot be written, HarnessFault where there is no room."""
        try:
            write_whole(path, text)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
            kind = HarnessFault if full else UsageError
            raise kind(f"Cannot write to {error.filename or path}: {error.strerror}.") from error

    def drop_earlier(self) -> int:
        """Remove pages of an earlier report whose submissions are none of this one's; their number."""
        current = set(self._names.values())
        earlier = [
            path
            for path in (self._folder / FOLDER).glob("*.html")
            if path.name not in current and path.is_file() and _is_ours(path)
        ]
        for path in earlier:
            path.unlink()
        return len(earlier)


def _safe(key: str) -> str:
    if key in ("", ".", "..") or any(char in key for char in "/\\\0") or Path(key).name != key:
        raise UsageError(f"run.json has {key!r} for a file's name: it was not written by `grader grade`.")
    return key


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return MARK.encode() in file.read(_MARK_WITHIN)
