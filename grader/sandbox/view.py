"""What a worker may see: the interpreter, its packages, this package. Never a course.

The list is an allow-list, because an editable install puts `solutions/` beside `grader/`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import grader
from grader.sandbox.devices import Gpu

_SYSTEM = (
    "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/bin", "/usr/share", "/usr/include",
    "/usr/local/lib", "/usr/local/bin", "/lib", "/lib64", "/bin",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/alternatives",
)  # fmt: skip
_OF_PREFIX = ("bin", "lib", "lib64", "include", "share", "ssl")
KERNEL_READ = (
    "/proc", "/sys/devices/system", "/sys/kernel/mm/transparent_hugepage",
    "/dev/full", "/dev/random", "/dev/urandom",
)  # fmt: skip
"""Not /dev/zero: what is mapped of it and shared is memory that no limit counts."""
KERNEL_WRITE = ("/dev/null",)
_PASSED_ON = ("TZ",)
"""Variables of the judge's environment that a worker gets too. Anything else may hold a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The files of the system, the interpreter and its packages."""

    interpreter: str
    read: tuple[str, ...]
    """Paths that may be read and executed, folders with all that is below."""
    python_path: tuple[str, ...]
    devices: tuple[str, ...] = ()
    """Device files that may be used; for the CPU alone there are none."""


def of_this_interpreter(gpu: Gpu | None = None) -> View:
    """The view that gives a worker the interpreter and packages of this process, and one GPU or none."""
    package = Path(grader.__file__).resolve().parent
    prefixes = {sys.base_prefix, sys.base_exec_prefix, sys.prefix}
    inside = [str(Path(prefix, name)) for prefix in sorted(prefixes) for name in _OF_PREFIX]
    packages = [entry for entry in sys.path if _is_packages(entry, inside)]
    drivers = gpu.read if gpu is not None else ()
    wanted = [*_SYSTEM, *inside, *packages, str(package), *drivers]
    found = [path for path in wanted if os.access(path, os.R_OK)]
    return View(
        interpreter=str(Path(sys.executable).resolve()),
        read=tuple(dict.fromkeys([*found, *(str(Path(path).resolve()) for path in found)])),
        python_path=tuple(dict.fromkeys([*packages, str(package.parent)])),
        devices=gpu.devices if gpu is not None else (),
    )


def _is_packages(entry: str, inside: list[str]) -> bool:
    """Whether an entry of the import path is the standard library or a folder of installed packages."""
    if not entry or not os.access(entry, os.R_OK):
        return False
    below = any(Path(entry).is_relative_to(folder) for folder in inside)
    return below or Path(entry).name in ("site-packages", "dist-packages")


def environment(box: str, gpu: Gpu | None = None) -> dict[str, str]:
    """The whole environment of fork server and workers."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": box,
        "TMPDIR": box,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # else numpy starts a thread, and the fork server must have one only
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",  # the same order of sets in every run
        **(gpu.environment if gpu is not None else {}),
    }
