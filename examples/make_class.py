"""Make a messy class: a course with due times, a roster, a Canvas download and Canvas's gradebook.

    python examples/make_class.py class && cd class
    grader grade a6_attention submissions.zip
    grader export canvas a6_attention --into gradebook.csv --feedback feedback.zip

Sixty students are on the roster. Some hand in late, again, together, as a notebook, as an archive, as a broken
archive, or not at all; two have one name, one is excused, and somebody hands in whom nobody knows. `planted.csv`
says what each did. The code comes from `examples/submissions/`, so that every score is known.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ASSIGNMENT = "a6_attention"
COLUMN = "Attention (4242)"
DUE = datetime.fromisoformat("2026-12-01T23:59:00+08:00")
KINDS = (
    "s03_right_with_the_fused_call",
    "s05_half_done",
    "s06_wrong_axis",
    "s09_scaled_wrongly",
    "s10_edges_forgotten",
    "s12_syntax_error",
)
RIGHT, HALF = KINDS[:2]
RULES = """\
late: {grace_minutes: 30, penalty_per_day: 10, cap: 50, budget_days: 1}
attempts: latest
lms: {roster: roster.csv, timezone: Asia/Shanghai}
"""
NAMES = {
    2: 'Quote "Nick" O\'Student',
    3: "Same Name",
    4: "Same Name",
    5: "Élève Ünïcode",
    6: "Student, Jr. Comma",
    7: "=Formula Student",
}
GROUPS = {11: "Red", 12: "Red", 13: "Red", 14: "Blue", 15: "Blue"}
LATE_DAYS = {21: 1, 22: 2, 23: 10}
ABSENT = (57, 58, 59, 60)
GRADED_ALREADY = {6: "1", 60: "55"}
EXCUSED = 56

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Student:
    """One student and what they did."""

    number: int
    kind: str = ""
    """Whose code was handed in; empty where nothing that can be opened was."""
    days_late: int = 0
    what: str = "on time"

    @property
    def id(self) -> str:
        """The roster's id."""
        return f"s{self.number:02}"

    @property
    def canvas(self) -> int:
        """Canvas's number."""
        return 1000 + self.number

    @property
    def given(self) -> str:
        """The given names."""
        return self.name.rpartition(" ")[0]

    @property
    def family(self) -> str:
        """The last word of the name."""
        return self.name.rpartition(" ")[2]

    @property
    def name(self) -> str:
        """The whole name."""
        return NAMES.get(self.number, f"Student Number{self.number:02}")


def students() -> list[Student]:
    """Everybody on the roster, and what each planted."""
    return [_student(number) for number in range(1, 61)]


def _student(number: int) -> Student:
    kind = KINDS[number % len(KINDS)]
    if number in ABSENT:
        return Student(number, what="typed a text" if number == 57 else "nothing")
    if number == 43:
        return Student(number, what="a broken archive")
    if number in GROUPS:  # what the first hand-in of the group, or the last, is
        return Student(number, RIGHT if GROUPS[number] == "Red" else KINDS[2], what=f"group {GROUPS[number]}")
    if number in LATE_DAYS:
        return Student(number, RIGHT, LATE_DAYS[number], "late")
    if 31 <= number <= 34:
        return Student(number, RIGHT, what="handed in twice")
    if number in (41, 42):
        return Student(number, RIGHT, what="a notebook")
    return Student(number, kind, what="an archive" if number == 44 else "on time")


@dataclass
class Download:
    """Canvas's zip of submissions while it is made."""

    archive: zipfile.ZipFile
    attachment: int = 50_000

    def put(self, who: Student | str, user: int, files: Files, days_late: int = 0) -> None:
        """Files of one student, each named as Canvas names them."""
        family_first = who if isinstance(who, str) else who.family + who.given
        plain = re.sub(r"\W", "", family_first.lower())
        late = "_LATE" if days_late else ""
        # A day late is late until the due time of the next day; a zip's clock has steps of two seconds.
        at = DUE.astimezone(UTC) + timedelta(days=days_late) - timedelta(seconds=60)
        for name, data in files.items():
            self.attachment += 1
            info = zipfile.ZipInfo(f"{plain}{late}_{user}_{self.attachment}_{name}", at.timetuple()[:6])
            self.archive.writestr(info, data)


def make_download(path: Path, code: Mapping[str, Files]) -> None:
    """The zip, from the hand-in files of each kind."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        download = Download(archive)
        for student in students():
            _put(download, student, code)
        download.put("guestunknown", 9999, code[RIGHT])
        archive.writestr("__MACOSX/._junk", b"junk")


def _put(download: Download, student: Student, code: Mapping[str, Files]) -> None:
    files = code.get(student.kind, {})
    if student.number in (12, 13):
        return  # the first of the group handed in for all
    if student.number == 14:
        files = code[HALF]  # and the other one of the group handed in again, later
    if student.what == "handed in twice":
        download.put(student, student.canvas, code[HALF])
        files = {_again(name): data for name, data in files.items()}
    elif student.what == "a notebook":
        files = {_notebook_name(name): _notebook(data) for name, data in files.items()}
    elif student.what == "an archive":
        files = {"work.zip": _zipped(files)}
    elif student.what == "a broken archive":
        files = {"work.zip": _zipped(code[RIGHT])[:-40]}
    elif student.what == "typed a text":
        download.archive.writestr(f"number57student_{student.canvas}_text.html", b"<p>my answer</p>")
    download.put(student, student.canvas, files, student.days_late)


def _again(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}-1.{ending}"


def _notebook_name(name: str) -> str:
    return name.rpartition(".")[0] + ".ipynb"


def _notebook(source: bytes) -> bytes:
    cell = {
        "cell_type": "code",
        "id": "cell-1",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source.decode(),
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _zipped(files: Files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"my work/{name}", data)
    return made.getvalue()


def make_roster(path: Path) -> None:
    """The class list."""
    header = ("id", "name", "email", "login", "section", "group", "canvas id")
    rows = [
        (
            student.id,
            student.name if "," not in student.name else f"{student.family}, {student.given}",
            f"{student.id}@school.example",
            f"login{student.number}",
            "AB"[student.number % 2],
            GROUPS.get(student.number, ""),
            student.canvas,
        )
        for student in students()
    ]
    _write_csv(path, [header, *rows])


def make_gradebook(path: Path, points: str = "100") -> None:
    """Canvas's gradebook as it is downloaded before the grades are in it."""
    header = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Quiz (17)", COLUMN, "Final Score")
    rows: list[Sequence[object]] = [("    Points Possible", "", "", "", "", 5, points, "(read only)")]
    for student in students():
        before = GRADED_ALREADY.get(student.number, "EX" if student.number == EXCUSED else "")
        name = f"{student.family}, {student.given}"
        rows.append(
            (name, student.canvas, student.id, f"login{student.number}", "A and B", 3, before, "50.00")
        )
    rows.append(("Student, Test", 99_999, "", "", "A and B", "", "", ""))
    _write_csv(path, [header, *rows])


def make_plan(path: Path) -> None:
    """What each student did."""
    rows = [(one.id, one.canvas, one.kind, one.days_late, one.what) for one in students()]
    _write_csv(path, [("id", "canvas", "kind", "days_late", "what"), *rows])


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def make_course(folder: Path) -> None:
    """A copy of the course with its one assignment, a due time and rules for who is late."""
    top = HERE.parent
    for part in ("assignments", "solutions"):
        shutil.copytree(top / part / ASSIGNMENT, folder / part / ASSIGNMENT, dirs_exist_ok=True)
    text = (top / "autograder.yml").read_text(encoding="utf-8")
    before, _, after = text.partition(f"  {ASSIGNMENT}:\n")
    own = re.match(r"(?:    .*\n)*", after)
    head = before.partition("assignments:\n")[0]
    due = f"    due: {DUE.isoformat()}\n"
    described = f"assignments:\n  {ASSIGNMENT}:\n{due}{own[0] if own else ''}"
    (folder / "autograder.yml").write_text(head + RULES + described, encoding="utf-8")


def code_of(kind: str) -> dict[str, bytes]:
    """The hand-in files of an example submission."""
    files = sorted((HERE / "submissions" / ASSIGNMENT / kind).glob("*.py"))
    return {path.name: path.read_bytes() for path in files}


def make_class(folder: Path) -> None:
    """Everything, in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    make_course(folder)
    make_roster(folder / "roster.csv")
    make_download(folder / "submissions.zip", {kind: code_of(kind) for kind in KINDS})
    make_gradebook(folder / "gradebook.csv")
    make_plan(folder / "planted.csv")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/make_class.py FOLDER")
    make_class(Path(sys.argv[1]))
