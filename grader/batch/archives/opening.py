"""Which files are archives, and an archive as a folder."""

from __future__ import annotations

import io
from typing import IO

from grader.batch.archives.limits import Budget
from grader.batch.archives.tars import open_tar
from grader.batch.archives.tree import Member
from grader.batch.archives.zips import open_zip
from grader.batch.nodes import Node, Unreadable

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
"""What is unpacked."""
FOREIGN = (".rar", ".7z", ".tar.zst", ".tar.z", ".zipx")
"""What people hand in although it is not."""


def is_archive(name: str) -> bool:
    """Whether a file's name says that it is an archive which is unpacked."""
    return name.lower().endswith(ENDINGS)


def is_foreign_archive(name: str) -> bool:
    """Whether a file's name says that it is an archive of a kind which is not unpacked."""
    return name.lower().endswith(FOREIGN)


def archive_stem(name: str) -> str:
    """The name without its ending."""
    lengths = [len(ending) for ending in ENDINGS if name.lower().endswith(ending)]
    return name[: len(name) - max(lengths)] if lengths else name


def open_file(file: IO[bytes], outer: str, budget: Budget) -> Member:
    """The tree of an archive that lies in an open file. Raises Unreadable.

    What it is, is told by its first bytes: students rename archives.
    """
    head = file.read(4)
    file.seek(0)
    if not head:
        raise Unreadable("the archive is empty")
    return (open_zip if head[:2] == b"PK" else open_tar)(file, f"{outer}!", budget)


def open_inner(node: Node, budget: Budget) -> Member:
    """The tree of an archive that lies in a submission. Raises Unreadable."""
    return open_file(io.BytesIO(node.read(budget.limits.packed_bytes)), node.shown, budget)
