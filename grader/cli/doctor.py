"""`grader doctor`: what this machine can do, and how to mend what it cannot."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated

import typer

import grader
from grader.cli.exits import ExitCode

if TYPE_CHECKING:
    from grader.reports.findings import Fact

EXTRAS = {
    "cloudpickle": "grade",
    "pydantic": "grade",
    "SQLAlchemy": "grade",
    "nbconvert": "reports",
    "nh3": "reports",
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> ExitCode:
    """Show what this machine can do, and how to mend it."""
    from rich.console import Console

    from grader.reports.files import json_text
    from grader.reports.findings import Finding, finding_data, print_findings
    from grader.sandbox.doctor import examine

    findings: list[Finding] = [*versions(), *examine()]
    if as_json:
        sys.stdout.write(json_text([finding_data(finding) for finding in findings]))
    else:
        print_findings(Console(highlight=False), findings)
    return ExitCode.DONE


def versions() -> Iterator[Fact]:
    """The versions that a report of a fault should name, none of them imported."""
    from grader.reports.findings import Fact

    yield Fact(name="grader", ok=True, detail=grader.__version__)
    yield Fact(name="python", ok=True, detail=f"{platform.python_version()} on {platform.platform()}")
    for package in ("torch", "numpy", "pytest", *EXTRAS):
        extra = EXTRAS.get(package)
        try:
            yield Fact(name=package, ok=True, detail=version(package))
        except PackageNotFoundError:
            wanted = f"torchgrade[{extra}]" if extra else "torchgrade"
            yield Fact(name=package, ok=False, detail="not installed", remedy=f"pip install '{wanted}'")
