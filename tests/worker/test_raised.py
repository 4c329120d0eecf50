"""Whatever a student raises is described, and nothing of it can break the description."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.worker.raised import MAX_TEXT, describe, is_out_of_memory


class Nasty(Exception):
    def __str__(self) -> str:
        raise ValueError("no text for you")


class Subclass(KeyError):
    pass


def odd_syntax_error() -> SyntaxError:
    error = SyntaxError("\ud800" * 3, ("f.py", 1, 2, "x"))
    error.text = 5  # type: ignore[assignment]  # as a student may
    return error


@pytest.mark.parametrize(
    ("error", "types", "text"),
    [
        (Subclass("k"), ["Subclass", "KeyError", "LookupError", "Exception", "BaseException"], "'k'"),
        (Nasty(), ["Nasty", "Exception", "BaseException"], "<its text cannot be made: ValueError>"),
        (ValueError("\ud800"), ["ValueError", "Exception", "BaseException"], "?"),
        (SystemExit(3), ["SystemExit", "BaseException"], "3"),
    ],
)
def test_types_and_text(error: BaseException, types: list[str], text: str) -> None:
    found = describe(error, [])
    assert (found["types"], found["text"]) == (types, text)


@pytest.mark.parametrize(
    "error", [odd_syntax_error(), SyntaxError(5), SyntaxError(), SyntaxError("x" * 10**6)]
)
def test_any_syntax_error_can_be_told(error: SyntaxError) -> None:
    found = describe(error, [])
    json.dumps(found).encode()
    found["text"].encode()
    assert len(found["text"]) < 2 * MAX_TEXT


def test_a_syntax_errors_line_stands_before_what_a_table_cuts_off() -> None:
    where = ("assignments/a1_a_long_name/hw.py", 57, 9, "def scores(Q):\n")
    assert describe(SyntaxError("invalid", where), [])["text"] == "invalid (hw.py, line 57): def scores(Q):"


def test_a_long_text_is_cut_and_its_length_told() -> None:
    found = describe(ValueError("x" * 10_000), [])["text"]
    assert found.startswith("x" * MAX_TEXT)
    assert found.endswith("... (10,000 characters)")


def test_only_the_frames_of_the_shown_files_are_told_and_both_ends_of_a_recursion() -> None:
    scope: dict[str, Any] = {}
    text = "def start():\n    down(50)\n\ndef down(n):\n    down(n - 1) if n else 1 / 0\n"
    exec(compile(text, "shown.py", "exec"), scope)
    try:
        scope["start"]()
    except ZeroDivisionError as error:
        frames = describe(error, ["shown.py"])["frames"]
        assert describe(error, [])["frames"] == []
    assert {frame["file"] for frame in frames} == {"shown.py"}
    assert frames[0]["function"] == "start"
    assert len(frames) <= 8


def test_memory_is_recognised() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(OSError(12, "Cannot allocate memory"))
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert not is_out_of_memory(ValueError("memory"))
