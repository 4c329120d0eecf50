"""One timed test at a time on a machine: judges that run beside each other take turns.

The turn is a lock on a file, which the kernel gives back when a judge dies, however it dies.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.model.errors import HarnessFault


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other judge of this user is timing, and keep them waiting meanwhile.

    Raises HarnessFault where the file cannot be had.
    """
    if not hasattr(os, "getuid"):  # Windows, where nothing is graded side by side
        yield
        return
    import fcntl

    path = _lock_file()
    try:
        # Not followed and not inherited: the name is known to everybody, the lock is this judge's alone.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise HarnessFault(f"judges cannot take turns at timing: {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_file() -> Path:
    """In the user's own runtime folder where there is one, else among temporary files."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = runtime if os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
    return folder / f"torchgrade-timing-{os.getuid()}.lock"
