"""What the whole suite shares."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sharing import Lender

# Before anything imports torch, and for all processes that tests start: there are as many of them as cores,
# and small operations on two threads take ten times as long where the cores have work already.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell lets its background jobs ignore Ctrl-C; with that, tests of interruptions would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# These courses have test files of their own, which are graded and not collected here.
collect_ignore = ["gpu/course"]
collect_ignore_glob = [f"evidence/*/{part}" for part in ("assignments", "solutions", "right", "cheats")]

LONGEST = (
    "end_to_end",
    "examples",
    "evidence",
    "course",
    "hostile",
    "judge",
    "local",
    "bench",
    "gpu",
    "docs",
)
"""Folders whose groups take longest, in this order; the others have many short ones."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests of one file stay in one process: they share judges, which take seconds to open.

    Those marked `apart` share nothing that takes long. Said here, because pytest-xdist reads the groups
    before any `pytest_collection_modifyitems` of a conftest. Judges have pytest sessions of their own, which
    find this file too, and know no such marker.
    """
    if hasattr(item.config, "workerinput") and item.get_closest_marker("xdist_group") is None:
        whole = item.path.relative_to(item.config.rootpath).as_posix()
        group = item.nodeid if item.get_closest_marker("apart") else whole
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long groups come first, so that short ones fill up the end.

    No process is to work alone on a long one while the others have nothing left to do.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.path.relative_to(config.rootpath).parts))


def _place(parts: tuple[str, ...]) -> int:
    return next((number for number, name in enumerate(LONGEST) if name in parts[:2]), len(LONGEST))


@pytest.fixture(scope="session")
def _lender() -> Iterator[Lender]:
    from tests.sharing import Lender  # here: it imports torch

    lender = Lender()
    yield lender
    lender.close()


@pytest.fixture(scope="module")
def one_fork_server(_lender: Lender) -> Iterator[None]:
    """Judges that this module opens in this process share the workers' fork server with other modules'."""
    from grader.judge import opening

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "choose", _lender)
        yield
