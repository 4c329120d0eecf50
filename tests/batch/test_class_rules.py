"""What a student gets follows from what was found and the rules; nothing is graded again for those."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.grading import Graded, grade
from grader.batch.replay import places
from grader.model.errors import ConfigurationError
from grader.model.results import Result
from grader.reports.files import grades_csv, write_all
from tests.batch.courses import Course, Record
from tests.batch.downloads import Files, canvas_name, gradescope, lay, pack
from tests.batch.fakes import Bench
from tests.batch.packing import zipped

ROSTER = "id,name,email,group\ns01,One,a@x,\ns02,Two,b@x,Red\ns03,Three,c@x,Red\ns04,Absent,d@x,\n"
PEOPLE = {1: [("One", "s01", "a@x")], 2: [("Two", "s02", "b@x")]}
TIMES = {1: "2026-12-03 15:59:00 Z", 2: "2026-12-01 15:59:00 Z"}
DUE = "    due: 2026-12-01T23:59:00+08:00\n"
LATE = "late: {grace_minutes: 5, penalty_per_day: 10, budget_days: 1}\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course.make(tmp_path)
    (tmp_path / "class.csv").write_text(ROSTER)
    configure(made, LATE + "lms: {roster: class.csv, timezone: Asia/Shanghai}\n")
    return made


def configure(course: Course, top: str, in_a1: str = DUE, in_a2: str = DUE) -> None:
    text = (course.root / "autograder.yml").read_text()
    text = "course: A small course\nassignments:\n" + text.partition("assignments:\n")[2]
    for title, lines in (("    title: First\n", in_a1), ("    title: Second\n", in_a2)):
        before, _, after = text.partition(title)
        after = "    files:" + after.partition("    files:")[2]
        text = before + title + lines + after
    (course.root / "autograder.yml").write_text(top + text)


def hand_in(course: Course, files: Files) -> None:
    lay(course.folder, files)


def run(course: Course, bench: Bench | None = None, *, assignment: str = "a1", **options: object) -> Graded:
    request = replace(course.request(**options), assignment=assignment, out=course.root / "out" / assignment)
    done = grade(request, start=(bench or Bench()).start, listener=Record())
    write_all(request.out, done.record, done.rows)
    return done


def scores(done: Graded) -> dict[str, tuple[float | None, float | None]]:
    return {row.key: (row.result.raw_score, row.result.score) for row in done.rows}


def result_of(done: Graded, key: str) -> Result:
    return next(row.result for row in done.rows if row.key == key)


def test_a_penalty_leaves_the_raw_score_and_members_share_it(course: Course) -> None:
    texts = {"submission_1/hw.py": "score 10", "submission_2/hw.py": "score 8"}
    hand_in(course, gradescope(PEOPLE, TIMES) | texts)
    done = run(course)
    assert scores(done) == {"One": (10, 9), "Two": (8, 8), "Three": (8, 8)}
    one = result_of(done, "One")
    assert (one.late.days, one.late.budget_days, one.late.penalty) == (2, 1, 1)
    assert one.submitted_at == "2026-12-03T15:59:00+00:00" and one.student == "One"
    assert one.person.email == "a@x" and one.origin.format == "gradescope"
    assert result_of(done, "Three").late is None
    assert done.record.late_days == {"id:s01": 1}
    assert done.record.submissions == 3 and done.record.counts["graded"] == 3


def test_the_absent_are_rows_without_a_score(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES))
    done = run(course)
    rows = list(csv.DictReader(grades_csv(done.record, done.rows).splitlines()))
    assert [(row["student"], row["status"], row["score"]) for row in rows] == [
        ("One", "graded", "0"),
        ("Two", "graded", "2"),
        ("Three", "graded", "2"),
        ("Absent", "absent", ""),
    ]
    assert rows[0]["message"].startswith("2 days late, 1 of them from the budget: 1 points off")
    assert any("1 on the roster handed in nothing" in note for note in done.record.notes)


def test_new_rules_grade_nothing_again(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES) | {"submission_1/hw.py": "score 10"})
    run(course)
    configure(course, "late: {penalty_per_day: 25}\nattempts: best\n", DUE)
    again = Bench()
    done = run(course, again)
    assert again.graded == []
    assert scores(done) == {"One": (10, 5), "Two": (2, 2)}


def test_a_roster_that_comes_later_grades_nothing_again(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES) | {"submission_2/hw.py": "score 8"})
    configure(course, LATE)
    assert scores(run(course)) == {"One": (1, 0), "Two": (8, 8)}
    configure(course, LATE + "lms: {roster: class.csv}\n")
    (course.root / "class.csv").write_text(ROSTER.replace(",One,", ",Another Name,"))
    again = Bench()
    assert scores(run(course, again)) == {"Another Name": (1, 0), "Two": (8, 8), "Three": (8, 8)}
    assert again.graded == []


def test_an_assignments_own_rule_replaces_the_courses_but_for_the_budget(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES) | {"submission_1/hw.py": "score 10"})
    configure(course, LATE, DUE + "    late: {penalty_per_day: 50, cap: 40}\n    attempts: best\n")
    assert scores(run(course))["One"] == (10, 6)


def test_a_budget_is_spent_over_the_course_in_the_order_of_due_times(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES) | {"submission_1/hw.py": "score 10"})
    configure(course, LATE, DUE, "    due: 2026-12-02T23:59:00+08:00\n")
    file = course.root / "autograder.yml"
    text = file.read_text().replace("[one.py, two.py]", "[hw.py]").replace(", file: two.py", "")
    file.write_text(text)
    first = run(course, assignment="a2")
    assert any("late days used in a1 are not counted" in note for note in first.record.notes)
    assert result_of(first, "One").late.budget_days == 1
    run(course)
    again = run(course, assignment="a2")
    assert result_of(again, "One").late.budget_days == 0
    assert not any("not counted" in note for note in again.record.notes)


def test_the_best_attempt_counts_after_its_penalty(course: Course) -> None:
    configure(course, "late: {penalty_per_day: 30}\nattempts: best\n")
    people = {1: PEOPLE[1], 2: PEOPLE[1], 3: PEOPLE[1]}
    at = {1: "2026-11-01 10:00:00 Z", 2: "2026-11-02 10:00:00 Z", 3: "2026-12-02 10:00:00 Z"}
    texts = {
        "submission_1/hw.py": "score 5",
        "submission_2/hw.py": "score 8",
        "submission_3/hw.py": "score 10",
    }
    hand_in(course, gradescope(people, at) | texts)
    bench = Bench()
    done = run(course, bench)
    assert scores(done) == {"One": (8, 8)}
    assert result_of(done, "One").attempt == 2
    assert len(bench.graded) == 3 and done.record.submissions == 1
    hand_in(course, {"submission_3/hw.py": "fault"})
    assert result_of(run(course), "One").score is None, "what is better is not known while one is a fault"


def test_a_late_mark_without_a_time_is_said(course: Course) -> None:
    hand_in(course, {canvas_name("Two", 7, 1, "hw.py", late=True): "score 10"})
    done = run(course)
    assert any("by the file's own time" in note or "counted as one day" in note for note in done.record.notes)


def test_a_fault_and_a_rejection_have_no_penalty(course: Course) -> None:
    texts = {"submission_1/hw.py": "fault", "submission_2/hw.py": "x" * 2_000_000}
    hand_in(course, gradescope(PEOPLE, {1: TIMES[1], 2: TIMES[1]}) | texts)
    done = run(course)
    assert [(row.result.score, row.result.late.penalty) for row in done.rows] == [(None, 0)] * 3


def test_pending_tests_are_completed_under_the_raw_score(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES) | {"submission_1/hw.py": "pending"})
    assert result_of(run(course), "One").late.days == 2
    hand_in(course, {"submission_1/hw.py": "pending"})
    done = run(course, pending=True)
    assert [row.key for row in done.rows] == ["One", "Two", "Three"]


def test_a_result_says_where_to_find_what_was_graded_also_in_an_archive(
    course: Course, tmp_path: Path
) -> None:
    path = pack(tmp_path / "all.zip", gradescope(PEOPLE, TIMES))
    request = replace(course.request(), paths=[path])
    done = grade(request, start=Bench().start, listener=Record())
    where = Path(done.rows[0].result.submission.path)
    assert where.parts[-1] == "submission_1" and places(where) == [path]


def test_one_students_bad_archive_costs_no_one_else(course: Course) -> None:
    hand_in(course, {"One/hw.py": "score 3", "Absent/work.zip": b"PK\x03\x04 broken"})
    done = run(course)
    assert {row.key: row.result.status for row in done.rows} == {"Absent": "rejected", "One": "graded"}
    assert "damaged or no zip" in result_of(done, "Absent").message


@pytest.mark.parametrize(
    ("top", "in_a1", "said"),
    [
        (
            "late: {grace: 5}\n",
            DUE,
            "autograder.yml:1: late.grace: unknown key; did you mean 'grace_minutes'?",
        ),
        ("late: {cap: 101}\n", DUE, "autograder.yml:1: late.cap: must be at most 100; given 101"),
        ("late: {budget_days: 1.5}\n", DUE, "late.budget_days: must be a whole number"),
        ("late: 5\n", DUE, "allowed keys: grace_minutes, penalty_per_day, cap, budget_days"),
        ("attempts: first\n", DUE, "attempts: must be one of 'latest', 'best' or 'last_on_time'"),
        ("lms: {timezone: Berlin}\n", DUE, "lms.timezone: must be a name of the tz database"),
        ("lms: {roster: 3}\n", DUE, "lms.roster: must be text"),
        ("", "    late: {cap: 5}\n", "assignments.a1.late: there is no time from which it counts"),
        ("", DUE + "    late: {budget_days: 3}\n", "the budget is the course's"),
    ],
)
def test_wrong_keys_are_said_with_their_line(course: Course, top: str, in_a1: str, said: str) -> None:
    configure(course, top, in_a1)
    with pytest.raises(ConfigurationError) as error:
        run(course)
    assert said in str(error.value)


def test_a_roster_given_with_the_command_replaces_the_courses(course: Course, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("id,name\ns01,Somebody Else\n")
    hand_in(course, gradescope(PEOPLE, TIMES))
    request = replace(course.request(), roster=tmp_path / "other.csv")
    done = grade(request, start=Bench().start, listener=Record())
    assert [row.key for row in done.rows] == ["Somebody Else", "Two"]


def test_the_run_file_knows_the_class(course: Course) -> None:
    hand_in(course, gradescope(PEOPLE, TIMES))
    run(course)
    data = json.loads((course.root / "out/a1/run.json").read_text())
    assert data["students"] == ["One", "Two", "Three"]
    assert [person["id"] for person in data["absent"]] == ["s04"]
    assert data["detected"][0].startswith("Gradescope export: 2 students")
    assert data["due"] == "2026-12-01T23:59:00+08:00"


def test_where_nothing_else_tells_a_time_it_is_the_files_and_that_is_said(course: Course) -> None:
    hand_in(
        course, {"s01/hw.py": "score 10", "s01/notes.txt": "", "s02/work.zip": zipped({"hw.py": "score 8"})}
    )
    in_time, two_days_late = 1_796_140_000, 1_796_140_740 + 2 * 86400
    for name, at in (("s01/hw.py", two_days_late), ("s01/notes.txt", in_time), ("s02/work.zip", in_time)):
        os.utime(course.folder / name, (at, at))
    done = run(course)
    one = result_of(done, "One")
    assert (one.late.days, one.score) == (2, 9) and "the file's own time" in one.late.note
    assert result_of(done, "Two").late is None, "what a zip says of its members is its maker's word"
    assert any(
        "late, by the file's own time, because nothing else tells one: One" in n for n in done.record.notes
    )
