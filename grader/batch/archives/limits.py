"""What an archive may cost, counted on the bytes that really come out of it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.batch.nodes import Unreadable

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Bounds of one archive, or of all archives of one submission. Headers are believed in none of them."""

    total_bytes: int = 256 * MIB
    """Unpacked."""
    entries: int = 10_000
    ratio: int = 100
    """Unpacked bytes for each packed one, above `ratio_floor_bytes`."""
    ratio_floor_bytes: int = 16 * MIB
    depth: int = 3
    """Archives in archives."""
    packed_bytes: int = 64 * MIB
    """Of an archive that lies in a submission."""
    path_bytes: int = 1024
    path_parts: int = 32


STUDENT = ArchiveLimits()
"""What one student's archives may hold."""
CLASS = ArchiveLimits(total_bytes=8 * 1024 * MIB, entries=500_000, ratio=1000, packed_bytes=8 * 1024 * MIB)
"""What a download of a whole class may hold; each student's part is counted under STUDENT besides."""


class Budget:
    """Counts what comes out of archives, and refuses to go on at a limit."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.unpacked = 0
        self.packed = 0
        self.entries = 0

    def entry(self) -> None:
        """One more name. Raises Unreadable at the limit."""
        self.entries += 1
        if self.entries > self.limits.entries:
            raise Unreadable(f"the archive has more than {self.limits.entries} entries")

    def reads(self, packed: int) -> None:
        """So many packed bytes are going to be read."""
        self.packed += packed

    def gave(self, unpacked: int) -> None:
        """So many bytes came out. Raises Unreadable at a limit."""
        self.unpacked += unpacked
        limits = self.limits
        if self.unpacked > limits.total_bytes:
            raise Unreadable(f"the archive unpacks to more than {limits.total_bytes // MIB} MiB")
        if self.unpacked > max(limits.ratio_floor_bytes, limits.ratio * self.packed):
            raise Unreadable(
                f"the archive unpacks to more than {limits.ratio} times its size, as only a bomb does"
            )
