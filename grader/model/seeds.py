"""Where every random number comes from: (run seed, test id) and nothing else."""

from __future__ import annotations

import hashlib

PUBLIC_SEED = 0
"""The run seed of local runs, for which a tape holds the reference's results."""


def derive(*parts: int | str) -> int:
    """A 63-bit seed that depends on every part and tells nothing of the others (SHA-256)."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
