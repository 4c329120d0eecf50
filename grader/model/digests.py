"""Identity of files by content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def digest_files(files: Mapping[str, bytes]) -> str:
    """SHA-256 over sorted names and contents, with lengths, so that no two sets of files collide."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()
