"""Exit codes, and the one border at which the harness's errors become sentences."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec

import typer

from grader.model.errors import GraderError, HarnessFault

P = ParamSpec("P")


class ExitCode(IntEnum):
    """What a command says to scripts; the same for every command."""

    DONE = 0
    """Whatever the scores; also with pending or rejected submissions."""
    REGRADE = 1
    """Some results need regrading: the harness or the machine failed."""
    USAGE = 2
    """Wrong usage or configuration: nothing was graded."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; the same command continues."""


def bordered(command: Callable[P, ExitCode]) -> Callable[P, None]:
    """A command whose errors are plain sentences on standard error, and whose result is its exit code."""

    @functools.wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except GraderError as error:
            sys.stderr.write(f"{str(error).strip() or type(error).__name__}\n")
            code = ExitCode.REGRADE if isinstance(error, HarnessFault) else ExitCode.USAGE
        except KeyboardInterrupt:
            sys.stderr.write("Interrupted.\n")
            code = ExitCode.INTERRUPTED
        raise typer.Exit(int(code))

    return inner
