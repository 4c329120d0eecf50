"""A tape holds what students need of the configuration, and nothing that a class is graded by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.model.course import LatePolicy
from grader.subjects import tape

TAPES = sorted((Path(__file__).parents[2] / "assignments").glob("*/expected.tape"))


@pytest.mark.parametrize("path", TAPES, ids=lambda path: path.parent.name)
def test_rules_for_late_hand_ins_make_no_other_tape(path: Path) -> None:
    read = tape.read(path)
    before = tape.dumps(read)
    ruled = replace(
        read.assignment, late=LatePolicy(cap=5), attempts="best", visibility="hidden", handed_out=("a.py",)
    )
    assert tape.dumps(replace(read, assignment=ruled)) == before
    due = replace(read.assignment, due=datetime(2026, 1, 1, tzinfo=UTC))
    assert tape.dumps(replace(read, assignment=due)) != before, "students are told the due time"
