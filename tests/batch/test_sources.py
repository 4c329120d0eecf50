"""Downloads of every platform are recognised, and everything in them is a hand-in or told."""

from __future__ import annotations

import csv
import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.batch.entries import ClassRules, Entry, Intake
from grader.batch.intake import all_submissions, find_submissions
from grader.batch.lateness import Deadline, charge
from grader.batch.replay import places
from grader.batch.sources.base import TimeSource
from grader.batch.sources.detect import NAMES
from grader.batch.sources.gradescope import METADATA
from grader.batch.sources.nbgrader import parse_stamp
from grader.model.course import Assignment, LatePolicy, Task
from grader.model.errors import UsageError
from tests.batch.downloads import Files, canvas_name, gradescope, lay, moodle_name, pack
from tests.batch.packing import tarred, zipped

ONE = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=1)})
TWO = Assignment(title="B", files=("one.py", "two.py"), tasks={"t": Task(points=1)})

CANVAS: Files = {
    canvas_name("One, Student", 101, 9001, "hw.py"): "a",
    canvas_name("O'Two-Three, Student", 102, 9002, "hw-1.py", late=True): "b",
    canvas_name("Same, Name", 103, 9003, "hw.py"): "c",
    canvas_name("Same, Name", 104, 9004, "hw.py"): "d",
    canvas_name("Zip, Student", 105, 9005, "work.zip"): zipped({"work/hw.py": "e"}),
    canvas_name("Other, Student", 106, 9006, "my_own_name_12_34.py"): "f",
    "textonly_107_text.html": "<p>typed</p>",
    "linkonly_LATE_108_link.html": "<a>",
    "notes.txt": "",
}
MOODLE: Files = {
    f"{moodle_name('Student One', 11)}/hw.py": "a",
    f"{moodle_name('Name_With Under', 12)}/deep/hw.py": "b",
    f"{moodle_name('Student Three', 13)}_hw.py": "c",
    f"{moodle_name('Participant', 14)}/hw.py": "d",
    f"{moodle_name('Team A', 15)}_/hw.py": "e",
    f"{moodle_name('Student One', 11, plugin='onlinetext')}/onlinetext.html": "typed",
    "Grades-Course.csv": "",
}
GRADESCOPE = gradescope(
    {
        7001: [("Student One", "s01", "one@school.example")],
        7002: [
            ("Student Two", "s02", "two@s.example"),
            ("Student Three", "s03", "three@s.example"),
        ],
    },
    {7001: "2026-11-30 15:59:00.123456789 Z", 7002: "2026-12-01 16:00:00.000000000 Z"},
)
GITHUB: Files = {
    "a1-octo-one/.git/HEAD": "ref: refs/heads/main",
    "a1-octo-one/hw.py": "a",
    "a1-octo-two/.git/HEAD": "ref: refs/heads/main",
    "a1-octo-two/src/hw.py": "b",
    "not-a-clone/hw.py": "c",
    "grades.csv": "github_username,roster_identifier,student_repository_name,submission_timestamp\n"
    "octo-one,s01,a1-octo-one,2026-11-30 12:00:00 UTC\n",
}
NBGRADER: Files = {
    "submitted/s01/a1/hw.py": "a",
    "submitted/s01/a1/timestamp.txt": "2026-11-30 18:00:00.5 America/New_York\n",
    "submitted/s02/a1/hw.py": "b",
    "submitted/s03/other/hw.py": "c",
    "source/a1/hw.py": "solution",
}


def intake(path: Path, assignment: Assignment = ONE, **rules: object) -> Intake:
    return find_submissions([path], assignment, ClassRules(assignment="a1", **rules))


def texts(found: Intake, file: str = "hw.py") -> dict[str, str]:
    return {
        entry.student: entry.submission.files.get(file, b"").decode()
        for entry in found.entries
        if entry.submission
    }


def entry_of(found: Intake, student: str) -> Entry:
    (entry,) = [entry for entry in found.entries if entry.student == student]
    return entry


def ignored(found: Intake) -> dict[str, str]:
    return {Path(entry.path).name: entry.reason for entry in found.ignored}


@pytest.mark.parametrize(
    ("files", "title", "students"),
    [
        (CANVAS, "Canvas download: 6 students, 1 late", 6),
        (MOODLE, "Moodle download: 5 students", 5),
        (GRADESCOPE, "Gradescope export: 3 students, 1 group", 2),
        (GITHUB, "GitHub Classroom clones: 2 students", 2),
        (NBGRADER, "nbgrader tree: 2 students", 2),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip", "zip with a folder"])
def test_a_download_is_recognised_in_a_folder_and_in_a_zip(
    tmp_path: Path, files: Files, title: str, students: int, kind: str
) -> None:
    inside = "download/" if kind == "zip with a folder" else ""
    path = lay(tmp_path / "x", files) if kind == "folder" else pack(tmp_path / "x.zip", files, inside)
    found = intake(path)
    assert len(found.detected) == 1 and found.detected[0].startswith(title)
    assert len(found.entries) == students
    assert all(entry.submission and entry.submission.files for entry in found.entries)
    told = {*(entry.path for entry in found.entries), *(entry.path for entry in found.ignored)}
    for name in files.keys() - {METADATA}:
        first = name.partition("/")[0]
        assert any(first in where for where in told), name


def test_canvas_files_are_given_their_own_names_back(tmp_path: Path) -> None:
    found = intake(lay(tmp_path, CANVAS))
    assert texts(found) == {
        "onestudent": "a",
        "otwothreestudent": "b",
        "samename": "d",
        "zipstudent": "e",
        "otherstudent": "f",
    } | {"samename": "d"}
    assert [entry.key for entry in found.entries if entry.student == "samename"] == [
        "samename 103",
        "samename 104",
    ]
    late = entry_of(found, "otwothreestudent")
    assert (late.late_mark, late.time_source) == (True, TimeSource.MARK)
    assert late.origin.prefix == "otwothreestudent_LATE_102_9002_"
    assert entry_of(found, "onestudent").submitted_at is None, "Canvas tells no times"
    assert ignored(found) == {
        "textonly_107_text.html": "is a text typed into Canvas, not a file that was handed in",
        "linkonly_LATE_108_link.html": "is a link typed into Canvas, not a file that was handed in",
        "notes.txt": "is no folder, no .py or .ipynb file and no archive",
    }


def test_canvas_uploads_of_one_file_are_attempts_and_the_others_belong_to_all(tmp_path: Path) -> None:
    files = {
        canvas_name("One, Student", 1, 10, "one.py"): "old",
        canvas_name("One, Student", 1, 11, "two.py"): "only",
        canvas_name("One, Student", 1, 12, "one-1.py"): "new",
        canvas_name("Two, Student", 2, 13, "one.py"): "x",
    }
    found = intake(lay(tmp_path, files), TWO)
    assert "1 re-upload" in found.detected[0]
    assert entry_of(found, "onestudent").submission.files == {"one.py": b"new", "two.py": b"only"}
    assert "another attempt of onestudent" in next(iter(ignored(found).values()))
    (student, _) = found.students
    assert [attempt.number for attempt in student.attempts] == [2]


def test_canvas_numbers_that_are_the_students_own_stay(tmp_path: Path) -> None:
    files: Files = {
        canvas_name("One, Student", 1, 10, "part-1.zip"): zipped({"one.py": "1"}),
        canvas_name("One, Student", 1, 11, "part-2.zip"): zipped({"two.py": "2"}),
        canvas_name("Two, Student", 2, 12, "work.zip"): zipped({"one.py": "old"}),
        canvas_name("Two, Student", 2, 13, "work-1.zip"): zipped({"one.py": "new", "two.py": "new"}),
    }
    found = intake(lay(tmp_path, files), TWO)
    assert entry_of(found, "onestudent").submission.files == {"one.py": b"1", "two.py": b"2"}
    assert entry_of(found, "twostudent").submission.files == {"one.py": b"new", "two.py": b"new"}


def test_anonymous_canvas_downloads_keep_students_apart(tmp_path: Path) -> None:
    files: Files = {"anon_ab1Cd_9001_hw.py": "a", "anon_x9Y2z_LATE_9002_hw.py": "b"}
    found = intake(lay(tmp_path, files))
    assert texts(found) == {"anon_ab1Cd": "a", "anon_x9Y2z": "b"}
    assert [student.person.ids for student in found.students] == [
        {"canvas_anonymous": "ab1Cd"},
        {"canvas_anonymous": "x9Y2z"},
    ]


def test_moodle_folders_flat_files_teams_and_blind_marking(tmp_path: Path) -> None:
    found = intake(lay(tmp_path, MOODLE))
    assert texts(found) == {
        "Student One": "a",
        "Name With Under": "b",
        "Student Three": "c",
        "Participant 14": "d",
        "Team A": "e",
    }
    assert {student.person.ids["moodle"] for student in found.students} == {"11", "12", "13", "14", "15"}
    assert entry_of(found, "Student One").origin.prefix == "Student One_11_assignsubmission_file_"
    assert set(ignored(found)) == {"Student One_11_assignsubmission_onlinetext", "Grades-Course.csv"}


def test_gradescope_tells_names_ids_groups_and_times_in_utc(tmp_path: Path) -> None:
    found = intake(pack(tmp_path / "export.zip", GRADESCOPE, "assignment_123_export/"))
    first, group = found.entries
    assert first.student == "Student One"
    assert first.submitted_at == datetime(2026, 11, 30, 15, 59, 0, 123456, tzinfo=UTC)
    assert first.time_source is TimeSource.LMS
    assert group.student == group.origin.group == "Student Two, Student Three"
    people = [(student.person.name, student.person.email, student.person.ids) for student in found.students]
    assert people == [
        ("Student One", "one@school.example", {"sid": "s01"}),
        ("Student Two", "two@s.example", {"sid": "s02"}),
        ("Student Three", "three@s.example", {"sid": "s03"}),
    ]
    assert {student.attempts[0].entry for student in found.students[1:]} == {group.key}


def test_gradescope_folders_without_metadata_are_told(tmp_path: Path) -> None:
    found = intake(lay(tmp_path, {"submission_1/hw.py": "", "submission_2/hw.py": ""}))
    assert "no submission_metadata.yml" in found.detected[0]
    assert set(texts(found)) == {"submission 1", "submission 2"}


@pytest.mark.parametrize("bad", ["[1, 2]", "a: [", "\x00", "&a [*a, *b]"])
def test_bad_metadata_is_a_usage_error(tmp_path: Path, bad: str) -> None:
    lay(tmp_path, {"submission_1/hw.py": "", "submission_metadata.yml": bad})
    with pytest.raises(UsageError, match=r"submission_metadata\.yml"):
        intake(tmp_path)


def test_metadata_of_a_submission_that_is_not_there_is_told(tmp_path: Path) -> None:
    files = {name: data for name, data in GRADESCOPE.items() if "7002/" not in name}
    assert ignored(intake(lay(tmp_path, files)))["submission_7002"].endswith("has no folder")


def test_clones_get_their_login_and_the_time_of_classrooms_table(tmp_path: Path) -> None:
    found = intake(lay(tmp_path, GITHUB))
    assert texts(found) == {"s01": "a", "octo-two": "b"}
    one = entry_of(found, "s01")
    assert (one.submitted_at.isoformat(), one.time_source) == ("2026-11-30T12:00:00+00:00", TimeSource.LMS)
    assert entry_of(found, "octo-two").time_source is TimeSource.FILE
    assert [student.person.ids["github"] for student in found.students] == ["octo-one", "octo-two"]
    assert ignored(found)["not-a-clone"] == "is no clone of a repository"


def test_nbgraders_tree_gives_the_assignments_folders_and_their_times(tmp_path: Path) -> None:
    for path in (lay(tmp_path, NBGRADER), tmp_path / "submitted"):
        found = intake(path)
        assert texts(found) == {"s01": "a", "s02": "b"}
        assert entry_of(found, "s01").submitted_at.isoformat() == "2026-11-30T18:00:00.500000-05:00"
        assert ignored(found)["s03"] == "has no folder a1"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-03 15:58:23.948203 UTC", "2026-02-03T15:58:23.948203+00:00"),
        ("2026-02-03 15:58:23 +08:00", "2026-02-03T15:58:23+08:00"),
        ("2026-02-03T15:58:23Z", "2026-02-03T15:58:23+00:00"),
        ("2026-02-03 15:58:23", "2026-02-03T15:58:23"),
        ("2026-07-03 15:58:23 Europe/Berlin", "2026-07-03T15:58:23+02:00"),
        ("yesterday", None),
        ("2026-02-03 15:58:23 Nowhere/Land", None),
        ("", None),
    ],
)
def test_time_stamps(text: str, at: str | None) -> None:
    found = parse_stamp(text)
    assert (found.isoformat() if found else None) == at


@pytest.mark.parametrize("name", NAMES)
def test_a_format_can_be_demanded(tmp_path: Path, name: str) -> None:
    path = lay(tmp_path / "class", {"jane/hw.py": "1"})
    if name == "folders":
        assert texts(intake(path, format=name)) == {"jane": "1"}
    else:
        with pytest.raises(UsageError, match="No submission found"):
            intake(path, format=name)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="canvas, folders, github, gradescope, gradescope_autograder, moodle"
    ):
        intake(lay(tmp_path, {"jane/hw.py": ""}), format="blackboard")


def test_ordinary_folders_are_not_taken_for_a_download(tmp_path: Path) -> None:
    found = intake(lay(tmp_path, {"jane_12/hw.py": "", "joe_2_3.py": "", "s_1_2_x/hw.py": ""}))
    assert found.detected == () and len(found.entries) == 3


def test_a_download_in_a_tar_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "all.tgz").write_bytes(tarred(CANVAS))
    assert len(intake(tmp_path / "all.tgz").entries) == 6


def test_classrooms_table_may_quote(tmp_path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["roster_identifier", "student_repository_name", "submission_timestamp"])
    writer.writerow(['One, "S"', "a1-octo-one", "not a time"])
    found = intake(lay(tmp_path, {**GITHUB, "grades.csv": text.getvalue()}))
    assert entry_of(found, 'One, "S"').time_source is TimeSource.FILE


@pytest.mark.parametrize("stamp", ["9999-12-31 23:59:59 -23:59", "0001-01-01 00:00:00 +14:00"])
def test_times_that_cannot_be_are_none(tmp_path: Path, stamp: str) -> None:
    files = {"s01/a1/hw.py": "", "s01/a1/timestamp.txt": stamp}
    deadline = Deadline(due=datetime(2026, 1, 1, tzinfo=UTC), policy=LatePolicy())
    (entry,) = intake(lay(tmp_path, files), deadline=deadline, attempts="last_on_time").entries
    assert entry.submitted_at is None


def test_a_file_of_the_year_9999_has_no_time(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("jane/hw.py")
        info.mtime = 253_402_300_799
        archive.addfile(info)
    (tmp_path / "class.tar").write_bytes(made.getvalue())
    deadline = Deadline(due=datetime(2026, 1, 1, tzinfo=UTC), policy=LatePolicy())
    (entry,) = intake(tmp_path / "class.tar", deadline=deadline).entries
    assert entry.submission is not None and entry.submitted_at is None


def test_a_repository_among_ordinary_folders_makes_no_class_of_clones(tmp_path: Path) -> None:
    files = {"jane/hw.py": "1", "jane/.git/HEAD": "", "joe/hw.py": "2", "jim/hw.py": "3"}
    assert set(texts(intake(lay(tmp_path, files)))) == {"jane", "joe", "jim"}
    stamped = {"jane/a1/timestamp.txt": "", "jane/hw.py": "1", "joe/hw.py": "2", "jim/hw.py": "3"}
    assert set(texts(intake(lay(tmp_path / "x", stamped)))) == {"jane", "joe", "jim"}


def test_what_was_graded_is_found_again_by_its_digest(tmp_path: Path) -> None:
    files = {
        canvas_name("One, Student", 1, 10, "one.py"): "1",
        canvas_name("One, Student", 1, 11, "two.py"): "2",
        canvas_name("Two, Student", 2, 12, "one.py"): "3",
    }
    for path in (lay(tmp_path / "in", files), pack(tmp_path / "in.zip", files)):
        for entry in intake(path, TWO).entries:
            digests = [
                one.digest for place in places(Path(entry.path)) for one in all_submissions(place, "a1", TWO)
            ]
            assert entry.submission.digest in digests


PARTS = st.sampled_from(
    [
        "hw.py",
        "submitted",
        "a1",
        "timestamp.txt",
        "submission_1",
        "submission_metadata.yml",
        ".git",
        "grades.csv",
        "x_1_2_hw.py",
        "x_LATE_1_3_hw-1.py",
        "N_1_assignsubmission_file",
        "work.zip",
        "work.tgz",
        "..",
        "anon_a_1_b",
        "__MACOSX",
        "hw.ipynb",
        "\u202e.py",
        "a" * 200,
        "CON",
        "classroom.csv",
        "_1_2_",
        "_1_assignsubmission_file_",
    ]
)
DATA = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"student_repository_name\nx",
        b"- a",
        b"submission_1: {:submitters: [1, {:name: }]}",
        b"submission_1: {:created_at: 99999-01-01}",
        b"submission_1: !ruby/object:X {a: !ruby/regexp /b/}",
        b"2026-01-01 10:00 Europe/Berlin",
        b"9999-12-31 23:59:59 -23:59",
        b"0001-01-01 00:00:00 +14:00",
        zipped({"hw.py": "1"}),
        zipped({"../x": "1"}),
    ]
) | st.binary(max_size=30)


@given(st.dictionaries(st.lists(PARTS, min_size=1, max_size=3).map("/".join), DATA, max_size=6))
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=250)
def test_no_download_whatever_it_holds_ends_in_more_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    path = folder / "in.zip"
    path.write_bytes(zipped(files))
    deadline = Deadline(
        due=datetime(2026, 1, 1, tzinfo=UTC), policy=LatePolicy(), zone=ZoneInfo("Europe/Berlin")
    )
    for name in ("", *NAMES):
        try:
            found = intake(path, format=name, deadline=deadline, attempts="last_on_time")
        except UsageError as error:
            assert str(error)
            continue
        assert len({entry.key for entry in found.entries}) == len(found.entries)
        for entry in found.entries:
            assert entry.submission is not None or entry.reason
            charge(
                deadline,
                at=entry.submitted_at,
                source=entry.time_source,
                mark=entry.late_mark,
                budget_left=0,
                max_score=1,
                raw_score=1,
            )
    assert list(folder.iterdir()) == [path]
