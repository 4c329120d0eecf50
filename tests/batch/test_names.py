"""Students' names become file names that are safe everywhere and never collide."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.batch.names import file_name, fold, readable, unique_file_name

PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANY_NAME = st.text(st.characters(codec=None, exclude_characters="\x00/"), min_size=1, max_size=300)
ON_DISK = st.binary(min_size=1, max_size=255).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@PATIENTLY
@given(ON_DISK | st.text(max_size=300))
def test_a_file_name_is_safe(name: str) -> None:
    safe = file_name(name)
    assert 1 <= len(safe.encode()) <= 110
    assert safe == safe.strip(". ") and safe[0] not in ".-~"
    assert not set(safe) & set('/\\:*?"<>|\n\r\t\x00\x1b')
    assert safe.isprintable()
    assert unicodedata.is_normalized("NFC", safe)


@PATIENTLY
@given(st.lists(ON_DISK, max_size=12))
def test_file_names_never_collide_even_where_case_does_not_count(names: list[str]) -> None:
    taken: set[str] = set()
    for number, name in enumerate(names):
        key = unique_file_name(name, f"/class{number % 2}/{name!r}", taken)
        assert fold(key) not in taken
        taken.add(fold(key))
    assert len(taken) == len(names)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("jane", "jane"),
        ("Müller, Jörg", "Müller, Jörg"),
        ("李小龍", "李小龍"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("a\nb\x1b[31m", "a_b_31m"),
        ("x. ", "x"),
        ("a" * 300, "a" * 100),
    ],
)
def test_examples(name: str, safe: str) -> None:
    assert file_name(name) == safe


def test_a_name_without_a_plain_character_gets_a_stand_in() -> None:
    assert file_name("...").startswith("student-")
    assert file_name("***") != file_name("???")


def test_a_twins_suffix_depends_on_its_path_and_not_on_its_turn() -> None:
    first = unique_file_name("Jane", "/b/Jane", {"jane"})
    again = unique_file_name("Jane", "/b/Jane", {"jane", "jim"})
    assert first == again != "Jane"


def test_bytes_that_are_no_text_stay_readable() -> None:
    assert readable(b"jos\xe9".decode("utf-8", "surrogateescape")) == r"jos\xe9"
