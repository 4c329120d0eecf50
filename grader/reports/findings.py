"""What the doctor found, for people and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console

from grader.reports.speaker import Speaker
from grader.reports.text import clean, tidy


class Finding(Protocol):
    """One thing that was looked at."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def detail(self) -> str: ...
    @property
    def remedy(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A finding that needs no examination, as a version is."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def finding_data(finding: Finding) -> Any:
    """A finding as plain data for JSON."""
    return tidy(
        {"name": finding.name, "ok": finding.ok, "detail": finding.detail, "remedy": finding.remedy or ""}
    )


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """A line each, and below what is missing the way to mend it."""
    say = Speaker(console)
    width = max((len(finding.name) for finding in findings), default=0)
    for finding in findings:
        mark, style = ("ok", "green") if finding.ok else ("--", "yellow")
        say.line(f"{mark}  {clean(finding.name):<{width}}  {clean(finding.detail)}".rstrip(), style=style)
        if not finding.ok and finding.remedy:
            for line in clean(finding.remedy).splitlines():
                say.line(f"    {'':<{width}}  to mend: {line}")
    missing = sum(not finding.ok for finding in findings)
    say.line("everything is there" if not missing else f"{missing} of {len(findings)} can be mended")
