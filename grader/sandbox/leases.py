"""Who works on which GPU: locks on files, which the kernel gives back when their process dies.

Every judge takes a *seat* at one GPU for its whole life, as evenly as there are judges; of the judges that
sit at one GPU, one at a time holds its *lease*, for one submission. The files lie in a folder of the
user's: judges of other users, or under another TMPDIR, are not known here.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import stat
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from grader.model.errors import HarnessFault
from grader.sandbox.devices import Gpu

_PATIENCE_S = 1800.0
_POLL_S = 0.02


class Seat:
    """A judge's place at one GPU."""

    def __init__(self, gpu: Gpu, number: int, folder: Path, held: int) -> None:
        """Use `take_seat`."""
        self.gpu = gpu
        self.number = number
        """0 for the first judge at this GPU."""
        self._lease_file = folder / f"{_file_name(gpu)}.lease"
        self._seat: int | None = held
        self._lease: int | None = None

    @property
    def has_lease(self) -> bool:
        """Whether this judge may work on the GPU now."""
        return self._lease is not None

    def take_lease(self, patience_s: float = _PATIENCE_S) -> None:
        """Wait until no other judge works on this GPU. Raises HarnessFault after so long."""
        deadline = time.monotonic() + patience_s
        while self._lease is None:
            self._lease = _locked(self._lease_file)
            if self._lease is None:
                if time.monotonic() > deadline:
                    raise HarnessFault(f"{self.gpu.name} was in use by another judge for {patience_s:g} s")
                time.sleep(_POLL_S)

    def give_lease_back(self) -> None:
        """Let another judge work on the GPU. Harmless without a lease."""
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    def leave(self) -> None:
        """Give back everything. May be called again."""
        self.give_lease_back()
        if self._seat is not None:
            os.close(self._seat)
            self._seat = None


def take_seat(gpus: Sequence[Gpu]) -> Seat:
    """A place at the GPU with the fewest judges. Raises HarnessFault where no lock can be had."""
    folder = _folder()
    for number in itertools.count():
        for gpu in gpus:
            held = _locked(folder / f"{_file_name(gpu)}.seat-{number}")
            if held is not None:
                return Seat(gpu, number, folder, held)
    raise AssertionError("there is always a next seat")


def _folder() -> Path:
    """A folder that nobody else can write to. Raises HarnessFault."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK):
        folder = Path(runtime, "torchgrade")
    else:
        folder = Path(tempfile.gettempdir(), f"torchgrade-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise HarnessFault(f"{folder}, which holds the GPUs' locks: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise HarnessFault(f"{folder}, which should hold the GPUs' locks, is not this user's own folder")
    return folder


def _locked(path: Path) -> int | None:
    """The file, locked until it is closed; None while another holds it. Raises HarnessFault."""
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise HarnessFault(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    except OSError as error:
        os.close(held)
        raise HarnessFault(f"{path}: {error.strerror}") from error
    return held


def _file_name(gpu: Gpu) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "_", gpu.key)
