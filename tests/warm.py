"""Programs with torch, run in processes of their own that need not import it: that alone takes two seconds.

`run` stands for `subprocess.run([sys.executable, ...])`. Nothing of a program is left for the next one: each
is forked from a process that has imported torch and done nothing else.
"""

from __future__ import annotations

import array
import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from grader.judge.process import JudgeProcess
from grader.model.orders import Order
from grader.wire.channel import Channel

_SERVER = Path(__file__).with_name("warm_server.py")
_BYTES = 2**20
LENT = """
from grader.judge import grading, main, opening
from tests.sharing import Lender

opening.choose = Lender()
opening.choose(memory_mb=400)
"""
_JUDGE = """
import os, sys
from grader.judge.main import main

sys.argv.insert(2, str(os.getppid()))
main()
os._exit(0)
"""


class Child:
    """A program that was started: what is used of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], told: int) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._told = told
        self._text = b""
        self.pid = int(self._line(None))

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self.returncode = int(self._line(timeout))
            os.close(self._told)
        return self.returncode

    def _line(self, timeout: float | None) -> bytes:
        ends = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._text:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            if not select.select([self._told], [], [], left)[0]:
                raise subprocess.TimeoutExpired(list(self.args), timeout or 0)
            part = os.read(self._told, 100)
            assert part, "the process that imports torch for others has ended"
            self._text += part
        line, _, self._text = self._text.partition(b"\n")
        return line


@functools.cache
def _server(prepare: str = "") -> socket.socket:
    """The process that imports torch, on first need; it ends with this one.

    A program that prepares something for the others finds the harness where this process does.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for side in (ours, theirs):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BYTES)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if prepare:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(_SERVER), str(theirs.fileno()), prepare],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the tests' to handle
            env=environment,
        )

    def close() -> None:
        ours.close()
        process.wait()

    atexit.register(close)
    return ours


def start(
    arguments: Sequence[str],
    *,
    fds: Mapping[int, int],
    cwd: Path,
    environment: Mapping[str, str],
    prepare: str = "",
) -> Child:
    """Start `python -m MODULE ...` or `python -c PROGRAM ...`, with these descriptors by its numbers.

    `prepare` is a program that was run once in the process from which all its likes are forked.
    """
    searched = [str(cwd) if arguments[0] == "-m" else ""]
    searched += filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    told, tell = os.pipe()
    request = {
        "arguments": list(arguments),
        "cwd": str(cwd),
        "environment": dict(environment),
        "path": searched,
        "fds": list(fds),
    }
    given = array.array("i", [tell, *fds.values()])
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, given)]
    _server(prepare).sendmsg([json.dumps(request).encode()], rights)
    os.close(tell)
    return Child(arguments, told)


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    typed: str = "",
    timeout: float = 300,
    prepare: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Raises subprocess.TimeoutExpired, after which it has ended as well.

    With `LENT` prepared, judges in the program's own process share one fork server.
    """
    environment = os.environ if environment is None else environment
    if sys.platform != "linux":  # elsewhere torch does not bear a fork
        return subprocess.run(
            [sys.executable, *arguments], cwd=cwd, env=environment, input=typed, timeout=timeout,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    with (
        tempfile.TemporaryFile() as into,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as errors,
    ):
        into.write(typed.encode())
        into.seek(0)
        fds = {number: file.fileno() for number, file in enumerate((into, out, errors))}
        child = start(arguments, fds=fds, cwd=cwd, environment=environment, prepare=prepare)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        said = []
        for file in (out, errors):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(list(arguments), code, *said)


def start_judge(order: Order) -> JudgeProcess:
    """What `JudgeProcess.start` does, but that the process has torch, and a fork server, from another one."""
    if sys.platform != "linux":
        return JudgeProcess.start(order)
    ours, theirs = socket.socketpair()
    progress = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the judge
    with theirs, Path(os.devnull).open("r+b") as nothing:
        fds = {0: nothing.fileno(), 1: nothing.fileno(), 2: 2, 900: theirs.fileno(), 901: progress.fileno()}
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        arguments = ["-c", _JUDGE, "900", "901"]  # numbers that nothing in that process has
        child = start(arguments, fds=fds, cwd=Path.cwd(), environment=environment, prepare=LENT)
    judge = JudgeProcess(child, Channel(ours, max_bytes=2**30), progress)
    Channel(ours).send({"kind": "order", "value": msgspec.to_builtins(order)})
    return judge
