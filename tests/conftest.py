"""What the whole suite shares."""

from __future__ import annotations

import signal

import pytest

# A shell lets its background jobs ignore Ctrl-C; with that, tests of interruptions would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# These courses have test files of their own, which are graded and not collected here.
collect_ignore = ["gpu/course"]
collect_ignore_glob = [f"evidence/*/{part}" for part in ("assignments", "solutions", "right", "cheats")]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of one file stay in one process: they share judges, which take seconds to open.

    Judges have pytest sessions of their own, which find this file too, and know no such marker.
    """
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(config.rootpath).as_posix()))
