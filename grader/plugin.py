"""The pytest entry point: thin, because every pytest run of every project on the machine loads it.

The first test file of an assignment brings in the rest.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judge.markers import MARKERS
from grader.judge.places import place_of


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option of local runs."""
    group = parser.getgroup("grader", "torchgrade")
    group.addoption(
        "--submission",
        metavar="FILE",
        help="grade this file (or folder) instead of the one in the assignment's folder",
    )

    group.addoption("--grader-json", metavar="FILE", help="write each graded test as data")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in MARKERS:
        config.addinivalue_line("markers", f"{marker}: {MARKERS[marker]}")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Before the first test file of an assignment is imported, register what it needs."""
    place = place_of(module_path)
    if place is not None:
        from grader.judge.local import local_plugin

        local_plugin(parent.config).prepare(place)
