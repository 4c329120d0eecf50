"""Where every random number comes from: (run seed, hidden key, test id) and nothing else.

A worker is told the seeds of its calls, and sees the inputs of some tests. From a small run seed that
somebody chose it could find it by trying all of them, and with it all inputs to come: so a key that no
student has goes in too. At the public seed there is none, because students run the same tests.
"""

from __future__ import annotations

import hashlib
import hmac

PUBLIC_SEED = 0
"""The run seed of local runs, for which a tape holds the reference's results."""


def derive(*parts: int | str, key: bytes = b"") -> int:
    """A 63-bit seed that depends on every part and tells nothing of the others (SHA-256; HMAC with a key)."""
    text = "\x1f".join(str(part) for part in parts).encode()
    digest = hmac.digest(key, text, "sha256") if key else hashlib.sha256(text).digest()
    return int.from_bytes(digest[:8], "big") >> 1
