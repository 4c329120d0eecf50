"""What the guide for instructors says of keys, formats and options is what there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from grader.batch.roster import read_roster
from grader.batch.sources.detect import NAMES
from grader.cli.export import FORMATS
from grader.model.configuration import load_course
from grader.model.course import LatePolicy, Lms

GUIDE = (Path(__file__).parents[2] / "docs" / "instructors.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_example_of_the_class_is_a_configuration(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", section("The class"), re.MULTILINE | re.DOTALL)
    task = "    title: Attention\n    files: [attention.py]\n    tasks: {scores: {points: 6}}\n"
    (tmp_path / "autograder.yml").write_text("course: C\n" + text + task)
    course = load_course(tmp_path)
    assert course.late == LatePolicy(grace_minutes=30, penalty_per_day=10, cap=50, budget_days=3)
    assert course.lms == Lms(roster="roster.csv", timezone="Europe/Berlin")
    assert course.assignments["a6_attention"].due.utcoffset().total_seconds() == 3600


@pytest.mark.parametrize("kind", [LatePolicy, Lms])
def test_every_key_is_explained(kind: type) -> None:
    for entry in fields(kind):
        assert entry.name in section("The class"), entry.name


def test_every_format_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section("Downloads and archives"), re.MULTILINE)
    assert sorted(listed) == list(NAMES)
    exported = section("Grades back to the platform")
    assert all(f"`{name}" in exported for name in FORMATS)


def test_every_column_that_the_guide_names_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"\*\*Roster\.\*\*(.*?)\n\n", section("The class"), re.DOTALL)
    columns = re.findall(r"`([a-z ]+)`", text.split("Canvas's own")[0])
    assert len(columns) == 11
    (tmp_path / "r.csv").write_text(
        ",".join(columns) + "\n" + ",".join(f"value of {name}" for name in columns)
    )
    (person,) = read_roster(tmp_path / "r.csv")
    known = {person.name, person.first, person.last, person.id, person.email, person.login, person.section}
    known |= {person.group, *person.ids.values()}
    assert {f"value of {name}" for name in columns} == known
