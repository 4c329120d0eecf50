"""The command line: parse, one call, exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """The command `grader`."""
    try:
        from grader.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write(
            f"The command `grader` needs {error.name}: pip install 'torchgrade[grade]'\n"
            "Without it, plain `pytest assignments/<id>` checks your work.\n"
        )
        raise SystemExit(2) from None
    run()
