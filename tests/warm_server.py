"""Imports torch, and forks a process for each program that it is asked to run; started by `tests.warm`.

It knows nothing of the harness, which a program imports from where its own environment says, but for what it
is told to prepare for all of them.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import socket
import sys
import threading
from typing import Any

import numpy as np
import torch

FDS = 20
IMPORTED = np, torch


def main() -> None:
    """Serve until the socket is closed; in a child, run its program, and end as a program does."""
    control, prepare = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    search = sys.path[1:]
    exec(prepare, {"__name__": "prepared"})
    gc.collect()
    gc.freeze()  # so that collections in a program do not touch, and thereby copy, these pages
    while True:
        data, given, _, _ = socket.recv_fds(control, 2**20, FDS)
        if not data:
            return
        if os.fork() == 0:
            control.close()
            _keep(json.loads(data), given)  # returns in the program's own process
            break
        for number in given:
            os.close(number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    request = json.loads(data)
    sys.path[:] = [*request["path"], *search]
    _end(_code_of(request["arguments"]))


def _keep(request: dict[str, Any], given: list[int]) -> None:
    """Fork the program's process, tell its number and how it ended; returns in that process."""
    told = given.pop(0)
    program = os.fork()
    if program == 0:
        os.close(told)
        _become(request, given)
        return
    for number in given:
        os.close(number)
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(told, f"{program}\n".encode())
        os.write(told, f"{os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])}\n".encode())
    os._exit(0)


def _become(request: dict[str, Any], given: list[int]) -> None:
    """What a new process would have: streams, folder, environment; others of the descriptors as they come."""
    wanted = request["fds"]
    free = max([*wanted, *given]) + 1
    moved = [os.dup2(number, free + place) for place, number in enumerate(given)]
    for number in given:
        os.close(number)
    for number, target in zip(moved, wanted, strict=True):
        os.dup2(number, target)
        os.close(number)
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))


def _code_of(arguments: list[str]) -> int:
    """The exit code of a program, after its traceback or its last words."""
    try:
        _run(arguments)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - whatever it is, the interpreter would print it and end
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _end(code: int) -> None:
    """As the interpreter ends, but that its objects are not taken apart one by one, which takes a second."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code & 0xFF)


def _run(arguments: list[str]) -> None:
    """As `python -m MODULE ...` or `python -c PROGRAM ...` does."""
    kind, what, *rest = arguments
    if kind == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *rest]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})


main()
