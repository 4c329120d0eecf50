"""Hand-ins find their students on the roster, and no student gets another's grade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.entries import ClassRules, Intake
from grader.batch.intake import find_submissions
from grader.batch.lateness import Deadline
from grader.batch.matching import claim_key, match_claims
from grader.batch.roster import Enrolled, read_roster
from grader.batch.sources.base import Claim
from grader.model.course import Assignment, LatePolicy, Task
from grader.model.errors import ConfigurationError
from grader.model.spelling import spellings, squeezed
from tests.batch.downloads import canvas_name, gradescope, lay, moodle_name

ONE = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=1)})
ROSTER = """\
Student ID,Name,E-Mail,Login,Section,Group,Canvas ID
s01,Student One,one@s.example,one1,Mon,,101
s02,"O'Two-Three, Student",two@s.example,two2,Mon,,
s03,Same Name,same3@s.example,same3,Tue,,103
s04,Same Name,same4@s.example,same4,Tue,,104
s05,Absent Student,five@s.example,five5,Tue,,
"""


def roster(tmp_path: Path, text: str) -> tuple[Enrolled, ...]:
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


def intake(path: Path, people: tuple[Enrolled, ...], **rules: object) -> Intake:
    return find_submissions([path], ONE, ClassRules(assignment="a1", roster=people, **rules))


def graded_text(found: Intake) -> dict[str, str]:
    """By the students' keys: what is graded for each."""
    texts = {entry.key: entry.submission.files["hw.py"].decode() for entry in found.entries}
    return {one.person.key: " ".join(texts[each.entry] for each in one.attempts) for one in found.students}


def test_a_roster_has_any_columns_in_any_order(tmp_path: Path) -> None:
    people = roster(tmp_path, ROSTER)
    assert [person.name for person in people[:2]] == ["Student One", "Student O'Two-Three"]
    assert people[0] == Enrolled(
        line=2,
        name="Student One",
        id="s01",
        email="one@s.example",
        login="one1",
        section="Mon",
        ids={"canvas": "101"},
    )


def test_a_semicolon_a_byte_order_mark_and_names_in_two_columns(tmp_path: Path) -> None:
    text = (
        "\ufeffFamily name;Given name;ID number;Participant\nÉ, with comma;Student;7;Teilnehmer/in12\n\n;;;\n"
    )
    (person,) = roster(tmp_path, text)
    assert (person.name, person.id, person.ids) == ("Student É, with comma", "7", {"moodle": "12"})


def test_a_gradebook_of_canvas_is_a_roster(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW (5)\n"
        "    Points Possible,,,,,10\n"
        '"One, Student",101,s01,one1,Mon,\n'
        '"Student, Test",999,,,Mon,\n'
    )
    (person,) = roster(tmp_path, text)
    assert (person.name, person.id, person.login, person.ids) == (
        "Student One",
        "s01",
        "one1",
        {"canvas": "101"},
    )


def test_everything_wrong_with_a_roster_is_said_at_once(tmp_path: Path) -> None:
    text = "id,name,email\ns01,A,a@x\ns01,B,A@X\ns02,,c@x\n"
    with pytest.raises(ConfigurationError) as error:
        roster(tmp_path, text)
    assert str(error.value).splitlines() == [
        "class.csv:3: the id 's01' stands already in line 2",
        "class.csv:3: the email 'A@X' stands already in line 2",
        "class.csv:4: a student without a name",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"id,mail\n1,2\n", r"class\.csv:1: a roster needs a column `name`"),
        (b"", "it has: nothing"),
        (b"name\n", "no student in it"),
        (b"name\nA\nJos\xe9\n", r"class\.csv:3: not UTF-8"),
        (None, "the roster cannot be read"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path: Path, data: bytes | None, said: str) -> None:
    if data is not None:
        (tmp_path / "class.csv").write_bytes(data)
    with pytest.raises(ConfigurationError, match=said):
        read_roster(tmp_path / "class.csv")


def test_ids_then_logins_then_names(tmp_path: Path) -> None:
    people = roster(tmp_path, ROSTER)
    claims = {
        "by id": Claim(name="whoever", ids={"canvas": "101"}),
        "by sid": Claim(name="whoever else", ids={"sid": "S02"}),
        "by mail": Claim(name="x", ids={"email": "SAME3@s.example"}),
        "by folder": Claim(name="same4", ids={"any": "same4"}),
        "by name": Claim(name="studentabsent"),
        "nobody": Claim(name="Some Body", ids={"canvas": "999"}),
    }
    found = match_claims(claims.values(), people)
    ids = {how: found[claim_key(claim)].enrolled for how, claim in claims.items()}
    assert {how: person.id if person else None for how, person in ids.items()} == {
        "by id": "s01",
        "by sid": "s02",
        "by mail": "s03",
        "by folder": "s04",
        "by name": "s05",
        "nobody": None,
    }


def test_two_students_of_one_name_are_never_merged(tmp_path: Path) -> None:
    files = {
        canvas_name("Name, Same", 103, 1, "hw.py"): "three",
        canvas_name("Name, Same", 104, 2, "hw.py"): "four",
        canvas_name("Name, Same", 105, 3, "hw.py"): "stranger",
    }
    found = intake(lay(tmp_path / "in", files), roster(tmp_path, ROSTER))
    assert graded_text(found) == {
        "Same Name s03": "three",
        "Same Name s04": "four",
        "namesame": "stranger",
    }
    assert any("2 students on the roster are called so" in note for note in found.notes)


def test_two_hand_ins_that_name_one_student_are_nobodys(tmp_path: Path) -> None:
    people = roster(tmp_path, "id,name\ns01,Same Name\n")
    files = {canvas_name("Name, Same", user, user, "hw.py"): str(user) for user in (7, 8)}
    found = intake(lay(tmp_path / "in", files), people)
    assert sorted(graded_text(found).values()) == ["7", "8"]
    assert not any(student.person.on_roster for student in found.students)
    assert [person.id for person in found.absent] == ["s01"]
    assert sum("no id on the roster tells whose is whose" in note for note in found.notes) == 2


def test_who_handed_in_nothing_and_who_is_unknown_is_listed(tmp_path: Path) -> None:
    files = {f"{moodle_name('Student One', 5)}/hw.py": "1", f"{moodle_name('Stranger', 6)}/hw.py": "2"}
    found = intake(lay(tmp_path / "in", files), roster(tmp_path, ROSTER))
    assert [person.id for person in found.absent] == ["s02", "s03", "s04", "s05"]
    assert found.notes[0].startswith("Stranger (moodle 6) is graded, and is not on the roster: nobody")
    assert "4 on the roster handed in nothing" in found.notes[1]
    person = found.students[1].person
    assert (person.key, person.id, person.section, person.ids) == (
        "Student One",
        "s01",
        "Mon",
        {"moodle": "5", "canvas": "101"},
    )


GROUPS = (
    "id,name,group\ns01,Student One,Red\ns02,Student Two,Red\ns03,Student Three,Blue\ns04,Student Four,\n"
)


def test_a_group_of_the_roster_shares_what_one_of_it_handed_in(tmp_path: Path) -> None:
    found = intake(lay(tmp_path / "in", {"s01/hw.py": "red", "s04/hw.py": "four"}), roster(tmp_path, GROUPS))
    assert graded_text(found) == {"Student One": "red", "Student Two": "red", "Student Four": "four"}
    assert len(found.entries) == 2
    assert [person.id for person in found.absent] == ["s03"]


def test_a_team_of_moodles_is_the_group_of_that_name(tmp_path: Path) -> None:
    files = {f"{moodle_name('Red', 77)}/hw.py": "red"}
    found = intake(lay(tmp_path / "in", files), roster(tmp_path, GROUPS))
    assert graded_text(found) == {"Student One": "red", "Student Two": "red"}
    assert all("moodle" not in student.person.ids for student in found.students)


def test_hand_ins_of_two_members_are_the_groups_attempts(tmp_path: Path) -> None:
    files = {
        canvas_name("One, Student", 1, 10, "hw.py"): "old",
        canvas_name("Two, Student", 2, 12, "hw.py"): "new",
    }
    found = intake(lay(tmp_path / "in", files), roster(tmp_path, GROUPS))
    assert graded_text(found) == {"Student One": "new", "Student Two": "new"}
    assert [student.attempts[0].number for student in found.students] == [2, 2]
    assert any("another attempt of onestudent" in one.reason for one in found.ignored)


def test_a_member_who_hands_in_alone_later_counts_alone(tmp_path: Path) -> None:
    people = {1: [("One", "s01", "a@x"), ("Two", "s02", "b@x")], 2: [("Two", "s02", "b@x")]}
    at = {1: "2026-01-01 10:00:00 Z", 2: "2026-01-02 10:00:00 Z"}
    found = intake(lay(tmp_path / "in", gradescope(people, at)), ())
    assert graded_text(found) == {"One": "score 1", "Two": "score 2"}


DUE = datetime(2026, 1, 2, tzinfo=UTC)


def attempts(tmp_path: Path, rule: str, *days: int) -> list[str]:
    people = {number: [("One", "s01", "a@x")] for number in range(1, len(days) + 1)}
    at = {number: str(DUE + timedelta(days=day)) for number, day in enumerate(days, start=1)}
    deadline = Deadline(due=DUE, policy=LatePolicy())
    found = intake(lay(tmp_path / "in", gradescope(people, at)), (), attempts=rule, deadline=deadline)
    (student,) = found.students
    entries = {entry.key: entry for entry in found.entries}
    assert len(found.entries) + len([1 for one in found.ignored if "attempt" in one.reason]) == len(days)
    return [entries[each.entry].submission.files["hw.py"].decode() for each in student.attempts]


def test_which_attempt_counts(tmp_path: Path) -> None:
    for name, rule, days, wanted in [
        ("latest", "latest", (-2, 1), ["score 2"]),
        ("by time", "latest", (1, -2), ["score 2"]),
        ("on time", "last_on_time", (-3, -1, 0, 2), ["score 3"]),
        ("never on time", "last_on_time", (1, 2), ["score 2"]),
        ("best", "best", (-2, -1, 3), ["score 1", "score 2", "score 3"]),
    ]:
        assert attempts(tmp_path / name, rule, *days) == wanted, name


def test_attempts_have_keys_that_stay(tmp_path: Path) -> None:
    people = {number: [("One", "s01", "a@x")] for number in (1, 2, 3)}
    at = {number: f"2026-01-0{number} 10:00:00 Z" for number in (1, 2, 3)}
    found = intake(lay(tmp_path, gradescope(people, at)), (), attempts="best")
    assert [entry.key for entry in found.entries] == ["One", "One attempt 2", "One attempt 3"]


WORD = st.text("abcdeé'-", min_size=1, max_size=6).filter(lambda word: any(char.isalnum() for char in word))


@given(st.lists(WORD, min_size=1, max_size=4), st.integers(0, 3))
def test_a_name_is_found_in_every_order_that_lists_have(words: list[str], cut: int) -> None:
    name = " ".join(words)
    turned = words[cut:] + words[:cut]
    assert squeezed(" ".join(turned).upper()) in spellings(name)
    assert squeezed(canvas_name(", ".join(turned), 1, 2, "x").split("_")[0]) in spellings(name)
