"""The messy class: graded, exported, and every cell of the gradebook is what was planted."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from grader.cli.app import app
from grader.judge.process import JudgeProcess
from tests.batch.fakes import Bench
from tests.modules import load_module

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
COLUMN = "Attention (4242)"


MAKE = load_module("make_class", ROOT / "examples" / "make_class.py")
TINY = """\
course: A small course
late: {grace_minutes: 30, penalty_per_day: 10, cap: 50, budget_days: 1}
lms: {roster: roster.csv, timezone: Asia/Shanghai}
assignments:
  a6_attention:
    title: Attention
    files: [hw.py]
    due: 2026-12-01T23:59:00+08:00
    tasks: {t: {points: 10}}
"""
POINTS = dict(zip(MAKE.KINDS, (10, 4, 7, 8, 9, 1), strict=True))
SOME = ("test_fix_attention", "public/test_attention.py::test_soft")
"""Tests that take no measurement of time."""
NOTEBOOKS = {"s41", "s42"}
"""What a notebook gets depends on whether notebooks are graded; here only that it gets something."""


def planted_scores(folder: Path, points: Mapping[str, float], max_score: float) -> dict[str, float | None]:
    """By the roster's id: what each student must get, worked out from the plan alone."""
    scores: dict[str, float | None] = {}
    for row in csv.DictReader((folder / "planted.csv").open(encoding="utf-8")):
        raw = points.get(row["kind"])
        days = max(0, int(row["days_late"]) - 1)  # one day is free
        penalty = min(10 * days, 50) / 100 * max_score
        scores[row["id"]] = None if raw is None else raw - min(penalty, raw)
    return scores


def cells(path: Path) -> dict[str, dict[str, str]]:
    """A gradebook's rows by the roster's id."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["SIS User ID"] or row["Student"]: row for row in csv.DictReader(file)}


def wrong_cells(folder: Path, scores: Mapping[str, float | None]) -> Iterator[str]:
    """Cells of the exported gradebook that are not what they must be."""
    before = cells(folder / "gradebook.csv")
    after = cells(folder / "out" / "a6_attention" / "export" / "canvas.csv")
    assert list(after) == list(before)
    for student, row in after.items():
        others = {name: value for name, value in row.items() if name != COLUMN}
        if others != {name: value for name, value in before[student].items() if name != COLUMN}:
            yield f"{student}: another column was changed"
        score, old, new = scores.get(student), before[student][COLUMN], row[COLUMN]
        if student in NOTEBOOKS:
            fine = new != ""
        elif old == "EX" or score is None:
            fine = new == old
        else:
            fine = float(new) == score
        if not fine:
            yield f"{student}: {old!r} became {new!r}, and {score} was planted"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The class with a course of one small file, and judges that read the score in it."""
    code = {kind: {"hw.py": f"score {points}".encode()} for kind, points in POINTS.items()}
    (tmp_path / "assignments" / "a6_attention").mkdir(parents=True)
    (tmp_path / "autograder.yml").write_text(TINY)
    MAKE.make_roster(tmp_path / "roster.csv")
    MAKE.make_download(tmp_path / "submissions.zip", code)
    MAKE.make_gradebook(tmp_path / "gradebook.csv", "10")
    MAKE.make_plan(tmp_path / "planted.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(JudgeProcess, "start", Bench().start)
    return tmp_path


def run(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        app(arguments)
    assert not ended.value.code


def test_every_cell_of_the_gradebook_is_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("grade", "a6_attention", "submissions.zip")
    told = capsys.readouterr().out
    assert "Canvas download: 55 students, 3 late, 4 re-uploads" in told
    assert "guestunknown (canvas 9999) is graded, and is not on the roster" in told
    assert "4 on the roster handed in nothing" in told
    assert "57 submissions: 56 graded, 1 rejected" in told
    run("export", "canvas", "a6_attention", "--into", "gradebook.csv", "--feedback", "feedback.zip")
    told = capsys.readouterr().out
    scores = planted_scores(folder, POINTS, 10)
    assert list(wrong_cells(folder, scores)) == []
    assert sum(score is not None for score in scores.values()) == 55
    assert "left blank: Student Number43: rejected: work.zip: the archive is damaged" in told
    assert "changed: Student, Jr. Comma: 1 becomes 10" in told
    assert "kept: Number56, Student: excused (EX)" in told
    assert "unmatched: guestunknown: no row in gradebook.csv is theirs" in told
    with zipfile.ZipFile("feedback.zip") as archive:
        names = archive.namelist()
    with zipfile.ZipFile("submissions.zip") as archive:
        handed_in = archive.namelist()
    assert len(names) == 54
    for name in names:
        assert any(one.startswith(name.removesuffix("feedback.txt")) for one in handed_in), name


def test_the_same_command_again_after_a_change_of_the_rule_grades_nothing(folder: Path) -> None:
    run("grade", "a6_attention", "submissions.zip")
    Path("autograder.yml").write_text(TINY.replace("budget_days: 1", "budget_days: 0"))
    bench = Bench()
    JudgeProcess.start = bench.start
    run("grade", "a6_attention", "submissions.zip")
    assert bench.graded == []
    rows = {row["student"]: row for row in csv.DictReader(Path("out/a6_attention/grades.csv").open())}
    assert [rows[f"Student Number{number}"]["score"] for number in (21, 22, 23)] == ["9", "8", "5"]


def test_the_wall_of_names_survives(folder: Path) -> None:
    run("grade", "a6_attention", "submissions.zip")
    run("export", "csv", "a6_attention")
    with Path("out/a6_attention/export/csv.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert [rows[f"s0{number}"]["student"] for number in (2, 5, 7)] == [
        'Quote "Nick" O\'Student',
        "Élève Ünïcode",
        "'=Formula Student",
    ]
    assert {rows[f"s{number}"]["group"] for number in (11, 12, 13)} == {"Red"}
    assert rows["s59"]["status"] == "absent" and rows["s59"]["score"] == ""


def commands() -> list[list[str]]:
    """The walk-through of the guide."""
    (block,) = re.findall(r"^```console\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ").split() for line in block.splitlines() if line.startswith("$ ")]


def shown() -> list[str]:
    """Lines that the guide says are printed."""
    (block,) = re.findall(r"^```console\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [line for line in block.splitlines() if line and not line.startswith(("$ ", "..."))]


@pytest.mark.slow
def test_the_walk_through_of_the_guide_with_the_course_itself(tmp_path: Path) -> None:
    """With real judges, and only some of the tests: all of them are graded in test_examples."""
    printed, folder = "", tmp_path
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    for program, *arguments in commands():
        if program == "cd":
            folder = folder / arguments[0]
            continue
        if program == "python":
            start = [sys.executable, str(ROOT / arguments[0]), *arguments[1:]]
        else:
            start = [sys.executable, "-m", "grader", *arguments]
        if arguments[0] == "grade":
            for part in SOME:
                start += ["--only", part]
        done = subprocess.run(start, cwd=folder, capture_output=True, text=True, env=environment, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        printed += done.stdout
    for line in shown():
        assert line in printed, printed
    points = {kind: expected_points(folder, kind) for kind in MAKE.KINDS}
    assert len(set(points.values())) >= 3, "else few cells could be wrong"
    reachable = points[MAKE.RIGHT]
    assert list(wrong_cells(folder, planted_scores(folder, points, reachable))) == []


def expected_points(folder: Path, kind: str) -> float:
    """What the tests that were run give a kind, by the expectations of the examples."""
    listed = yaml.safe_load((ROOT / "examples/submissions/a6_attention/expected.yml").read_text())
    result = json.loads((folder / "out/a6_attention/results/Student Number08.json").read_text())
    lost = listed[kind]["outcomes"]
    return float(sum(test["max_points"] for test in result["tests"] if test["id"] not in lost))
