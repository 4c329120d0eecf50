"""Grades go into the tables that platforms give, every cell right, and no grade is erased."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.cli.app import app
from grader.model.errors import UsageError
from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.people import Late, Origin, Person
from grader.model.results import Result
from grader.model.runs import Row
from grader.reports.exports.canvas import fill_gradebook
from grader.reports.exports.feedback import feedback_zip
from grader.reports.exports.moodle import fill_worksheet
from grader.reports.exports.sheets import read_sheet
from grader.reports.exports.stored import ClassResults, read_out
from grader.reports.exports.tables import gradescope_csv, nbgrader_csv, plain_csv, plain_json
from grader.reports.files import write_all
from tests.reports.samples import check, record, result


def row(key: str, score: float | None, status: Status = Status.GRADED, **more: object) -> Row:
    name = more.pop("name", key)
    person = Person(
        key=key, name=name, **{k: more.pop(k) for k in ("id", "email", "login", "ids") if k in more}
    )
    base = result(name, status, check("dot", Outcome.PASSED, score or 0))
    return Row(key=key, result=replace(base, score=score, raw_score=score, person=person, **more))


def results(*rows: Row, **more: object) -> ClassResults:
    return ClassResults(record=record(list(rows), **more), rows=rows)


CLASS = results(
    row("one", 7.5, name="Student One", ids={"canvas": "101", "moodle": "11"}),
    row("two", 10, name='O"Two, Student', id="s02", ids={"moodle": "12"}, email="Two@s.example"),
    row("same3", 3, name="Same Name", ids={"canvas": "103", "moodle": "13"}),
    row("same4", 4, name="Same Name", ids={"canvas": "104", "moodle": "14"}),
    row("five", 5, name="Student Five", login="five5", ids={"moodle": "15"}),
    row(
        "six", 6, Status.PENDING, name="Student Six", ids={"canvas": "106", "moodle": "16"}, pending_points=4
    ),
    row("seven", None, Status.FAULT, name="Student Seven", ids={"canvas": "107", "moodle": "17"}),
    row("eight", None, Status.REJECTED, name="Student Eight", ids={"canvas": "108", "moodle": "18"}),
    row("excused", 9, name="Excused Student", ids={"canvas": "109", "moodle": "19"}),
    row("stranger", 1, name="Nobody Knows"),
)
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Other (7),Attention (42),Final Score
    Points Possible,,,,,5,10,(read only)
"One, Student",101,,one1,"A, B",3,,75.00
"O""Two, Student",102,s02,two2,A,,8,80.00
"Name, Same",103,,,A,,,
"Name, Same",104,,,A,,4.00,
"Five, Student",105,,five5,A,,-,
"Six, Student",106,,,A,,2,
"Seven, Student",107,,,A,,1.5,
"Eight, Student",108,,,A,,,
"Student, Excused",109,,,A,,EX,
"Late, Comer",110,,,A,1,6,
"Student, Test",999,,,A,,,
"""


@pytest.fixture
def gradebook(tmp_path: Path) -> Path:
    path = tmp_path / "gradebook.csv"
    path.write_text(GRADEBOOK, encoding="utf-8")
    return path


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


def test_canvas_gets_one_column_filled_and_nothing_else_touched(gradebook: Path) -> None:
    text, report = fill_gradebook(CLASS, gradebook, "")
    before, after = cells(GRADEBOOK), cells(text)
    assert [line[:6] + line[7:] for line in after] == [line[:6] + line[7:] for line in before]
    assert {line[1]: line[6] for line in after[2:]} == {
        "101": "7.5",
        "102": "10",
        "103": "3",
        "104": "4.00",
        "105": "5",
        "106": "2",
        "107": "1.5",
        "108": "",
        "109": "EX",
        "110": "6",
        "999": "",
    }
    assert report.scores == 5
    assert report.changed == ['O"Two, Student: 8 becomes 10']
    assert [line.partition(":")[0] for line in report.blank] == [
        "Student Six",
        "Student Seven",
        "Student Eight",
    ]
    assert "pending, 4 points open; the 2 that stands there is kept" in report.blank[0]
    assert report.kept == ["Student, Excused: excused (EX)"]
    assert report.unmatched == [
        "Nobody Knows: no row in gradebook.csv is theirs",
        "Late, Comer: in gradebook.csv, and no result is theirs",
    ]


def test_canvas_in_another_dialect_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    lines = [
        "Student;ID;SIS Login ID;Section;Attention (42)",
        "    Points Possible;;;;10,00",
        "One, Student;101;;A;",
    ]
    path.write_bytes(("\ufeff" + "\r\n".join([*lines, ""])).encode())
    text, report = fill_gradebook(CLASS, path, "Attention (42)")
    assert text.startswith("\ufeffStudent;ID") and text.endswith("One, Student;101;;A;7,5\r\n")
    assert report.notes == []


def test_canvas_students_of_one_name_without_ids_get_nothing(tmp_path: Path) -> None:
    twins = results(row("a", 3, name="Same Name"), row("b", 4, name="Same Name"), row("c", 5, name="Only Me"))
    path = tmp_path / "g.csv"
    path.write_text(
        "Student,ID,Section,Attention (42)\n"
        '"Name, Same",1,A,\n"Name, Same",2,A,\n"Me, Only",3,A,\n"Me, Only",4,A,\n'
    )
    text, report = fill_gradebook(twins, path, "")
    assert [line[3] for line in cells(text)[1:]] == ["", "", "", ""]
    assert len(report.unmatched) == 7 and report.scores == 0


def test_canvas_an_id_outweighs_a_name(tmp_path: Path) -> None:
    some = results(
        row("a", 3, name="Same Name", ids={"canvas": "2"}), row("b", 4, name="Same Name", ids={"canvas": "9"})
    )
    path = tmp_path / "g.csv"
    path.write_text('Student,ID,Section,Attention (42)\n"Name, Same",1,A,\n"Name, Same",2,A,\n')
    assert [line[3] for line in cells(fill_gradebook(some, path, "")[0])[1:]] == ["", "3"]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        (
            GRADEBOOK.replace("Attention (42)", "Attn (42)"),
            "",
            "say which with --column. It has: 'Other \\(7\\)'",
        ),
        (GRADEBOOK.replace("Other (7)", "Attention (7)"), "", "several columns are called 'Attention'"),
        (GRADEBOOK, "Attention (43)", "has no column 'Attention \\(43\\)'"),
        ("a,b\n1,2\n", "", "is no gradebook of Canvas's"),
        ("", "", "is empty"),
        ('Student,ID,"Sec', "", "cannot be read as CSV"),
    ],
)
def test_canvas_what_cannot_be_filled_is_said(tmp_path: Path, text: str, column: str, said: str) -> None:
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(UsageError, match=said):
        fill_gradebook(CLASS, tmp_path / "g.csv", column)


def test_canvas_another_number_of_points_is_told(gradebook: Path) -> None:
    gradebook.write_text(GRADEBOOK.replace(",5,10,", ",5,20,"))
    assert "Canvas has 20 points possible" in fill_gradebook(CLASS, gradebook, "")[1].notes[0]


ENGLISH = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
)
GERMAN = (
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
    "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar\n"
)


def worksheet(header: str, word: str, comma: str, *rows: tuple[object, str, str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for number, name, mail, grade in rows:
        maximum = f"10{comma}00"
        when = "Tuesday, 1 December 2026, 11:59 PM"
        writer.writerow([f"{word}{number}", name, mail, "Submitted", grade, maximum, "Yes", when, "-", ""])
    return header + text.getvalue()


@pytest.mark.parametrize(
    ("header", "word", "comma"), [(ENGLISH, "Participant ", "."), (GERMAN, "Teilnehmer/in", ",")]
)
def test_moodle_in_any_language_gets_grades_and_nothing_else(
    tmp_path: Path, header: str, word: str, comma: str
) -> None:
    path = tmp_path / "w.csv"
    given_ = worksheet(
        header,
        word,
        comma,
        (11, "Student One", "one@s.example", ""),
        (99, 'O"Two, Student', "two@S.example", f"8{comma}00"),
        (14, "Same Name", "", ""),
        (13, "Same Name", "", ""),
        (16, "Student Six", "", f"2{comma}50"),
        (20, "Absent Student", "", f"1{comma}00"),
    )
    path.write_text(given_, encoding="utf-8")
    text, report = fill_worksheet(CLASS, path, "")
    before, after = cells(given_), cells(text)
    assert [line[:4] + line[5:] for line in after] == [line[:4] + line[5:] for line in before]
    assert [line[4] for line in after[1:]] == [
        f"7{comma}5",
        f"8{comma}00",
        "4",
        "3",
        f"2{comma}50",
        f"1{comma}00",
    ]
    assert "Absent Student: in w.csv, and no result is theirs" in report.unmatched
    assert report.notes == []


def test_moodle_a_worksheet_of_another_assignment_gives_nobody_anothers_grade(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    rows = [(12, "Student One", "one@s.example", ""), (99, 'O"Two, Student', "TWO@s.example", "")]
    path.write_text(worksheet(ENGLISH, "Participant ", ".", *rows))
    text, report = fill_worksheet(CLASS, path, "")
    assert [line[4] for line in cells(text)[1:]] == ["", ""]
    assert report.scores == 0


def test_moodle_an_address_in_other_letters_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text(worksheet(ENGLISH, "Participant ", ".", (5, "x", "TWO@s.example", "")))
    some = results(row("two", 10, name="Student Two", email="Two@s.example"))
    assert [line[4] for line in cells(fill_worksheet(some, path, "")[0])[1:]] == ["10"]


def test_moodle_blind_marking_goes_by_the_number_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("Identifier,Status,Grade,Maximum Grade,Last modified (grade)\nParticipant 13,,,10.00,-\n")
    text, _ = fill_worksheet(CLASS, path, "")
    assert cells(text)[1] == ["Participant 13", "", "3", "10.00", "-"]


def test_moodle_a_grade_that_cannot_be_changed_is_not(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    text = worksheet(ENGLISH, "Participant ", ".", (11, "Student One", "", "1.00")).replace("Yes", "No")
    path.write_text(text)
    filled, report = fill_worksheet(CLASS, path, "")
    assert filled.splitlines() == text.splitlines()
    assert report.kept == ["Student One: Moodle says that this grade cannot be changed"]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("Identifier,Wertung\nParticipant 1,\n", "", "say it with --column. It has: Identifier, Wertung"),
        ("Name,Grade\nsomebody,\n", "", "no grading worksheet"),
        ("Identifier,Grade\n", "", "no grading worksheet"),
        ("Identifier,Grade\nParticipant 1,\n", "Mark", "no column 'Mark'"),
    ],
)
def test_moodle_what_cannot_be_filled_is_said(tmp_path: Path, text: str, column: str, said: str) -> None:
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(UsageError, match=said):
        fill_worksheet(CLASS, tmp_path / "w.csv", column)


def test_moodle_a_column_in_an_unknown_language_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("ID,Wertung,Max\nX 11,,20\n")
    text, report = fill_worksheet(CLASS, tmp_path / "w.csv", "Wertung")
    assert cells(text)[1] == ["X 11", "7.5", "20"]
    assert "Moodle's maximum grade is 20" in report.notes[0]


def test_a_table_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_bytes("Identifier,Grade\nParticipant 1,é\n".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8"):
        read_sheet(tmp_path / "w.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_sheet(tmp_path / "none.csv")


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=6), st.sampled_from(",;\t"))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_survives_being_read_and_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("sheet") / "s.csv"
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["Head", "of", "the", "table"])
    writer.writerows(rows)
    path.write_bytes(made.getvalue().encode())
    written = read_sheet(path).text()

    def read(text: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))

    assert read(written) == read(made.getvalue())


OLD = st.sampled_from(["", "-", "EX", "ex", "0", "5", "5.00", "5,0", "100", "abc"])
NEW = st.one_of(st.none(), st.floats(0, 100).map(lambda value: round(value, 3)))
STATUS = st.sampled_from(list(Status))


@given(st.lists(st.tuples(OLD, NEW, STATUS, st.booleans()), min_size=1, max_size=8))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_grade_is_ever_erased_and_every_change_is_listed(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, float | None, Status, bool]]
) -> None:
    path = tmp_path_factory.mktemp("sheet") / "g.csv"
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(["Student", "ID", "Section", "Attention (42)"])
    writer.writerows([f"Name{index}", index, "A", old] for index, (old, *_) in enumerate(entries))
    path.write_text(made.getvalue())
    rows = [
        row(f"k{index}", score, status, ids={"canvas": str(index)})
        for index, (_, score, status, is_there) in enumerate(entries)
        if is_there
    ]
    text, report = fill_gradebook(results(*rows), path, "")
    after = [line[3] for line in cells(text)[1:]]
    for index, (old, score, status, is_there) in enumerate(entries):
        new = after[index]
        counts = is_there and status is Status.GRADED and score is not None and old.upper() != "EX"
        if not counts:
            assert new == old
        else:
            assert float(new.replace(",", ".")) == pytest.approx(score, abs=0.006)
            before = old.replace(",", ".")
            was_number = before.replace(".", "", 1).isdigit()
            listed = any(line.startswith(f"k{index}:") for line in report.changed)
            assert listed == (was_number and round(float(before), 2) != round(score, 2))
    assert len(report.blank) + len(report.kept) + report.scores == len(rows)


GOOD_LATE = Late(seconds=90061.5, days=2, budget_days=1, penalty=1)


def test_plain_csv_has_everybody_and_no_formula() -> None:
    hostile = row("x", 5, name='=HYPERLINK("http://x")', email="+1@x", late=GOOD_LATE)
    text, report = plain_csv(results(hostile, *CLASS.rows[5:8], absent=(Person(key="a", name="-Absent"),)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(line["student"], line["status"], line["score"]) for line in rows] == [
        ('\'=HYPERLINK("http://x")', "graded", "5"),
        ("Student Six", "pending", ""),
        ("Student Seven", "fault", ""),
        ("Student Eight", "rejected", ""),
        ("'-Absent", "absent", ""),
    ]
    first = rows[0]
    assert (first["email"], first["penalty"], first["days_late"], first["budget_days"]) == (
        "'+1@x",
        "1",
        "2",
        "1",
    )
    assert first["dot"] == "5" and first["mask"] == ""
    assert report.scores == 1 and len(report.blank) == 4


def test_gradescope_and_nbgrader_columns() -> None:
    given_ = row(
        "x",
        5,
        name="Given Family",
        id="s01",
        email="x@s",
        late=GOOD_LATE,
        submitted_at="2026-12-02T01:00:00+00:00",
    )
    given_ = replace(
        given_,
        result=replace(
            given_.result, raw_score=6, origin=Origin(format="gradescope", prefix="submission_77")
        ),
    )
    (line,) = csv.DictReader(io.StringIO(gradescope_csv(results(given_))[0]))
    assert (line["First Name"], line["Last Name"], line["SID"], line["Total Score"]) == (
        "Given",
        "Family",
        "s01",
        "5",
    )
    assert (line["Submission ID"], line["Lateness (H:M:S)"], line["Status"]) == ("77", "25:01:01", "Graded")
    (line,) = csv.DictReader(io.StringIO(nbgrader_csv(results(given_, due="2026-12-01T00:00:00+08:00"))[0]))
    assert list(line.values()) == [
        "a6",
        "2026-12-01T00:00:00+08:00",
        "2026-12-02T01:00:00+00:00",
        "s01",
        "Family",
        "Given",
        "x@s",
        "6",
        "1",
        "5",
        "10",
    ]
    (line,) = csv.DictReader(io.StringIO(nbgrader_csv(results(CLASS.rows[5]))[0]))
    assert (line["score"], line["raw_score"], line["late_submission_penalty"]) == ("", "", "")


def test_json_has_everything() -> None:
    data = json.loads(plain_json(CLASS)[0])
    assert len(data["results"]) == len(CLASS.rows) and data["run"]["assignment"] == "a6"


SECRET = "tensor([1234])"
HIDDEN = "a hidden test fails: rows and columns are exchanged"


def handed_in(key: str, format_: str, prefix: str, *tests: object, **more: object) -> Row:
    made = row(key, 3, **more)
    return Row(
        key=key, result=replace(made.result, tests=tests, origin=Origin(format=format_, prefix=prefix))
    )


def test_feedback_has_the_names_that_are_taken_back_and_no_secrets() -> None:
    hidden = replace(
        check("mask", Outcome.FAILED, message=HIDDEN, misconception="Not scaled.", hint="Look at d_k."),
        visibility=Visibility.HIDDEN,
        seed=424242,
    )
    public = check("dot", Outcome.FAILED, message="2 of 4 values differ\x1b[2J")
    fault = check("dot", Outcome.FAULT, message=SECRET)
    some = results(
        handed_in("one", "canvas", "onestudent_LATE_1_2_", public, hidden, fault, late=GOOD_LATE),
        handed_in("two", "canvas", "shared_5_6_", name="Student Two"),
        handed_in("three", "canvas", "shared_5_6_", name="Student Three"),
        handed_in("four", "moodle", "Student Four_4_assignsubmission_file_"),
    )
    packed, without = feedback_zip(some, "canvas")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"onestudent_LATE_1_2_feedback.txt", "shared_5_6_feedback.txt"}
    text = texts["onestudent_LATE_1_2_feedback.txt"]
    assert text.startswith("one: 3 of 10 points; 2 days late, 1 of them from the budget: 1 points off\n")
    for told in ("About mask.: failed", HIDDEN, "Not scaled.", "Look at d_k.", "2 of 4 values differ"):
        assert told in text
    assert "not your fault" in text
    assert SECRET not in text and "424242" not in text and "\x1b" not in text
    assert texts["shared_5_6_feedback.txt"].startswith(
        "Student Two: 3 of 10 points\nStudent Three: 3 of 10 points\n"
    )
    assert without == ["four: not handed in by Canvas"]
    assert feedback_zip(some, "canvas")[0] == packed
    with zipfile.ZipFile(io.BytesIO(feedback_zip(some, "moodle")[0])) as archive:
        assert archive.namelist() == ["Student Four_4_assignsubmission_file_feedback.txt"]


def test_feedback_of_what_has_no_score() -> None:
    fault = replace(CLASS.rows[6].result, message=SECRET)
    rejected = replace(CLASS.rows[7].result, message="the archive is damaged")
    for given_, told in ((fault, "not your fault"), (rejected, "the archive is damaged")):
        one = replace(given_, origin=Origin(format="canvas", prefix="p_1_2_"))
        with zipfile.ZipFile(
            io.BytesIO(feedback_zip(results(Row(key="k", result=one)), "canvas")[0])
        ) as archive:
            text = archive.read("p_1_2_feedback.txt").decode()
        assert told in text and SECRET not in text


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / "a6"
    write_all(folder, replace(CLASS.record, students=tuple(each.key for each in CLASS.rows)), CLASS.rows)
    return folder


def export(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["export", *arguments])
    return int(ended.value.code or 0)


def test_what_a_run_wrote_is_read_back(out: Path) -> None:
    read = read_out(out)
    assert [(each.key, each.result.score) for each in read.rows] == [
        (each.key, each.result.score) for each in CLASS.rows
    ]


def test_the_command_writes_beside_the_results(
    out: Path, gradebook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(out.parents[1])
    assert export("canvas", "a6", "--into", "gradebook.csv", "--feedback", "feedback.zip") == 0
    assert (out / "export" / "canvas.csv").exists() and Path("feedback.zip").exists()
    assert gradebook.read_text() == GRADEBOOK
    printed = capsys.readouterr().out
    assert printed.startswith("5 scores in out/a6/export/canvas.csv, feedback.zip\n")
    assert 'changed: O"Two, Student: 8 becomes 10' in printed and "left blank: Student Seven" in printed
    assert export("csv", "a6", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["scores"] == 7 and len(data["blank"]) == 3 and data["written"] == ["out/a6/export/csv.csv"]
    for name in ("json", "gradescope", "nbgrader"):
        assert export(name, "a6") == 0


def test_what_makes_the_grades_less_than_whole_is_told(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(out.parents[1])
    data = json.loads((out / "run.json").read_text())
    data["options"]["only"] = ["test_x"]
    data["submissions"] += 2
    (out / "run.json").write_text(json.dumps(data))
    assert export("csv", "a6") == 0
    told = capsys.readouterr().out
    assert "only some tests were run (--only test_x)" in told and "2 not graded yet" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["blackboard", "a6"], "is no format; there are canvas, moodle"),
        (["canvas", "a6"], "--into FILE is needed: the gradebook"),
        (["moodle", "a6"], "the grading worksheet downloaded from Moodle"),
        (["csv", "a6", "--into", "x"], "go with canvas and moodle only"),
        (["csv", "a7"], "Grade first, or say with --out"),
        (["csv", "a7", "--out", "out/a6"], "holds results of 'a6'"),
        (["canvas", "a6", "--into", "gradebook.csv", "--to", "gradebook.csv"], "the download stays as it is"),
    ],
)
def test_wrong_usage_is_a_sentence(
    out: Path,
    gradebook: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(out.parents[1])
    assert export(*arguments) == 2
    assert said in capsys.readouterr().err
    assert gradebook.read_text() == GRADEBOOK


@pytest.mark.parametrize("name", ["run.json", "results/one.json"])
@pytest.mark.parametrize("text", ["{", '{"schema": "torchgrade/run/1"}', None])
def test_results_that_are_damaged_old_or_gone_are_refused(out: Path, name: str, text: str | None) -> None:
    if text is None:
        (out / name).unlink()
    else:
        (out / name).write_text(text)
    with pytest.raises(UsageError, match=name.rpartition("/")[2]):
        read_out(out)


def test_results_of_another_version_ask_for_a_new_run(out: Path) -> None:
    for name, old in (("run.json", "run/1"), ("results/one.json", "result/1")):
        path = out / name
        text = path.read_text()
        path.write_text(text.replace(old[:-1] + "2", old))
        with pytest.raises(UsageError, match="run `grader grade` again"):
            read_out(out)
        path.write_text(text)


def test_an_old_result_still_decodes() -> None:
    assert Result.__dataclass_fields__["person"].default is None
