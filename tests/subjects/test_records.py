"""What a worker claims to have recorded: only what has the shape of a record is taken for one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.subjects.base import Returned
from grader.subjects.records import Operations, Record, Seen, read_record
from grader.worker.recording import Recording

NUMBERS = {"largest_numel": 4, "flops": 5, "peak_bytes": 6, "brought_in": 0, "taken_out": 1}
GOOD = {"operations": {"ops": {"mm": 2}, **NUMBERS}, "seen": [["torch.relu", "call", 1]]}


def test_a_record_comes_back_as_it_was() -> None:
    record = read_record(GOOD)
    assert record == Record(
        operations=Operations(ops={"mm": 2}, **NUMBERS), seen=(Seen(name="torch.relu", how="call", count=1),)
    )
    assert record is not None
    assert read_record(record.plain()) == record
    assert read_record(Record().plain()) == Record()


@pytest.mark.parametrize(
    "claim",
    [
        None,
        [],
        {},
        {"operations": None},
        {"operations": {"ops": {"mm": -1}, **NUMBERS}, "seen": []},
        {"operations": {"ops": {"mm": True}, **NUMBERS}, "seen": []},
        {"operations": {"ops": {"mm": 2**63}, **NUMBERS}, "seen": []},
        {"operations": {"ops": {"m" * 300: 1}, **NUMBERS}, "seen": []},
        {"operations": {"ops": {f"m{n}": 1 for n in range(5_000)}, **NUMBERS}, "seen": []},
        {"operations": {"ops": {"mm": 1}}, "seen": []},
        {"operations": None, "seen": [["torch.relu", "telepathy", 1]]},
        {"operations": None, "seen": [["torch.relu", ["call"], 1]]},
        {"operations": None, "seen": [["torch.relu", "call"]]},
        {"operations": None, "seen": "call"},
    ],
)
def test_anything_else_is_none(claim: Any) -> None:
    assert read_record(claim) is None


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_no_claim_raises(claim: Any) -> None:
    read_record({"operations": claim, "seen": claim})
    read_record(claim)


def test_a_request_survives_its_plain_form() -> None:
    recording = Recording(operations=True, device="meta", watched=("torch.relu",), graded=("f",))
    assert Recording.from_plain(recording.plain()) == recording


def test_an_answer_without_a_record_has_none() -> None:
    assert Returned(value=1).record is None
