"""What the whole suite shares."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

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


EACH_TEST = (
    "end_to_end",
    "examples/test_local_and_judged.py",
    "judge/test_authors.py",
    "judge/test_hidden_seeds.py",
)
"""Their tests share nothing that takes long: any process may take any."""
EACH_COURSE = ("hostile/test_table.py", "evidence/test_evidence.py", "course/test_alternatives.py")
"""Their tests share what their first parameter names: a level, a kind of evidence, an assignment."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Tests that share a judge, which takes seconds to open, stay in one process."""
    from xdist.scheduler import LoadScopeScheduling  # here: without pytest-xdist nothing asks for it

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Groups(config, log)


def group_of(nodeid: str) -> str:
    """The file; of some files a part of it."""
    file, _, test = nodeid.partition("::")
    place = file.partition("tests/")[2]
    if place.startswith(EACH_TEST):
        return nodeid
    if place.startswith(EACH_COURSE):
        return file + test.partition("[")[2].partition("-")[0].rstrip("]")
    return file


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long groups come first: else one process works on the last of them while the others are done."""
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
