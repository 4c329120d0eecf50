"""Untrusted text can neither forge a terminal nor become a formula; numbers carry no noise."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.reports.text import clean, csv_text, number, one_line, tidy

PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq..\x1b\\x", "x"),
        ("unended \x1b]0;all of this", "unended "),
        ("\x1b", ""),
        ("a\x08\x7f\x00b", "ab"),
        ("abc\rxyz", "abcxyz"),
        ("two\r\nlines\n", "two\nlines\n"),
        ("a\tb", "a b"),
        ("left\u202eright\u2066", "leftright"),
        ("名 é 😀", "名 é 😀"),
        ("\udcff", "\ufffd"),
    ],
)
def test_escapes_and_controls_are_stripped(text: str, shown: str) -> None:
    assert clean(text) == shown


@PATIENTLY
@given(ANY_TEXT)
def test_cleaned_text_holds_no_control_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    assert all(char == "\n" or (ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0) for char in cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()


@PATIENTLY
@given(ANY_TEXT, st.integers(2, 40))
def test_one_line_is_one_line_within_the_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\x1b[0m=1", "\uff1d1", "\x00=1"]
)
def test_formulas_are_neutralised(text: str) -> None:
    assert csv_text(text).startswith("'")


@PATIENTLY
@given(ANY_TEXT)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not csv_text(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7.0, "7"),
        (7.000000001, "7"),
        (6.9999999, "7"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333"),
        (-0.0, "0"),
        (-1e-9, "0"),
        (100.0, "100"),
        (12.5, "12.5"),
        (None, ""),
        (math.nan, ""),
        (math.inf, ""),
        (1e6, "1000000"),
        (3, "3"),
    ],
)
def test_numbers_carry_no_noise(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_tidy_data_is_valid_json_without_noise() -> None:
    data = {"a": 7.000000001, "b": (0.1 + 0.2, math.nan, True, None), "c": {"d": "\udc80x", "e": 2**62 + 1}}
    assert json.dumps(tidy(data), allow_nan=False) == (
        '{"a": 7, "b": [0.3, null, true, null], "c": {"d": "?x", "e": 4611686018427387905}}'
    )
