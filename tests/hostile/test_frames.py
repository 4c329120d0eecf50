"""No bytes on its socket make the judge's end crash, hang or grow; a small share of what the bench tries."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from figures.frames import KINDS, frame, read

EXPECTED = {"value", "ChannelClosed", "ProtocolError", "DeadlineExceeded", "NotPlainData"}


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    assert read(data).what in EXPECTED


@given(st.integers(0, 2**32), st.sampled_from(sorted({*KINDS} - {"slow", "honest"})))
@settings(max_examples=600, deadline=None)
def test_frames_that_are_nearly_right(seed: int, kind: str) -> None:
    assert read(frame(kind, random.Random(seed))).what in EXPECTED


def test_honest_frames_are_read() -> None:
    assert {read(frame("honest", random.Random(seed))).what for seed in range(20)} == {"value"}


@pytest.mark.parametrize("seed", range(3))
def test_a_frame_that_drips_ends_with_its_time(seed: int) -> None:
    found = read(frame("honest", random.Random(seed)), slowly=True)
    assert found.what == "DeadlineExceeded"
