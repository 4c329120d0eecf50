"""The arguments with which bubblewrap stands around a fork server.

Bubblewrap makes the file view and the network, pid, ipc and uts namespaces once for all workers.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.sandbox.view import View

BOX = "/box"
"""Where a worker's home is mounted."""
_ROOTS_CAPABILITIES = (
    "CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL", "CAP_SYS_PTRACE",
)  # fmt: skip
"""The last to see what memory a worker's processes share; no worker has any."""


def program() -> str | None:
    """Where bubblewrap is installed, or None."""
    return shutil.which("bwrap")


def wrap(command: list[str], view: View, environment: Mapping[str, str], *, is_root: bool) -> list[str]:
    """The command that runs `command` inside. Root keeps the rights to set up and leave for workers.

    An ordinary user gets a user namespace; root does not, because in one it could neither mount nor
    change to a worker's uid.
    """
    arguments = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"]
    if is_root:
        for capability in _ROOTS_CAPABILITIES:
            arguments += ["--cap-add", capability]
    else:
        arguments += ["--unshare-user"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", BOX]
    for path in ("/sys/devices/system", "/sys/kernel/mm/transparent_hugepage"):
        arguments += ["--ro-bind-try", path, path]
    arguments += _file_view(view)
    arguments += ["--chdir", BOX, "--remount-ro", "/", "--"]
    return [program() or "bwrap", *arguments[1:], *command]


def _file_view(view: View) -> Iterator[str]:
    seen = {"/", "/dev"}
    paths = _outermost([*view.read, view.interpreter])
    if not any(Path(path).is_relative_to("/tmp") for path in (*paths, *view.devices)):
        yield from ("--symlink", BOX, "/tmp")  # code that insists on /tmp writes into its own home
    for path in (*paths, *view.devices):
        for parent in reversed(Path(path).parents):
            if str(parent) not in seen:
                seen.add(str(parent))
                # made world-readable: a bind makes its parents 0700, and workers are not root
                yield from ("--perms", "0755", "--dir", str(parent))
        if path in view.devices:
            yield from ("--dev-bind", path, path)
        elif Path(path).is_symlink():
            yield from ("--symlink", str(Path(path).readlink()), path)
        else:
            yield from ("--ro-bind", path, path)


def _outermost(paths: list[str]) -> list[str]:
    """Without those that lie below another one, or that a symlink among the parents would double."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(Path(path).is_relative_to(other) for other in kept):
            kept.append(path)
    return kept
