"""What a run leaves behind: complete, valid, and safe to open."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from grader.model.errors import UsageError
from grader.model.results import Result
from grader.model.runs import RunRecord
from grader.reports.files import grades_csv, result_data, run_data, write_all, write_whole
from grader.reports.schema import proof_schema, result_schema, run_schema, schema_text
from tests.reports.samples import class_rows, record

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_has_exactly_its_columns() -> None:
    rows = class_rows()
    table = list(csv.reader(grades_csv(record(rows), rows).splitlines()))
    assert table[0] == [
        "student",
        "status",
        "score",
        "max_score",
        "pending_points",
        "dot",
        "mask",
        "bonus",
        "isolation",
        "message",
    ]
    assert table[1] == ["ann", "graded", "10", "10", "0", "4", "6", "", "3", ""]
    assert table[2][:7] == ["bob", "graded", "0.333", "10", "0", "0.333", "0"]
    assert table[3] == ["cleo", "pending", "4", "10", "6", "4", "0", "", "3", ""]
    assert table[4] == [
        "dan",
        "fault",
        "",
        "10",
        "0",
        "",
        "",
        "",
        "3",
        "The judge failed 3 times on this submission.",
    ]
    assert table[5] == ["eve", "rejected", "", "10", "0", "", "", "", "", "hw.py is larger than 1024 KiB"]


def test_a_hostile_name_is_one_harmless_cell() -> None:
    rows = class_rows()
    line = list(csv.reader(grades_csv(record(rows), rows).splitlines()))[6]
    assert len(line) == 10
    assert line[0] == '\'=HYPERLINK("http://x")[bold]rich[/bold] forged,line'


def test_every_result_file_is_valid_under_the_published_schema() -> None:
    schema = json.loads((DOCS / "result.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for row in class_rows():
        data = json.loads(json.dumps(result_data(row.result)))
        jsonschema.validate(data, schema)
        assert list(data)[:8] == [
            "schema",
            "run",
            "assignment",
            "student",
            "submission",
            "status",
            "score",
            "max_score",
        ]
        msgspec.convert(data, Result)


def test_a_result_of_another_version_or_with_less_in_it_is_not_valid() -> None:
    validator = jsonschema.Draft202012Validator(result_schema())
    good = result_data(class_rows()[0].result)
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "schema": "torchgrade/result/0"})
    assert not validator.is_valid({**good, "status": "excellent"})
    for key in good:
        assert not validator.is_valid({name: value for name, value in good.items() if name != key}), key


def test_the_run_file_is_valid_under_the_published_schema() -> None:
    rows = class_rows()
    data = json.loads(json.dumps(run_data(record(rows))))
    jsonschema.validate(data, json.loads((DOCS / "run.schema.json").read_text()))
    assert data["counts"] == {"graded": 3, "pending": 1, "fault": 1, "rejected": 1}
    msgspec.convert(data, RunRecord)


@pytest.mark.parametrize(
    ("name", "made"), [("result", result_schema), ("run", run_schema), ("proof", proof_schema)]
)
def test_the_published_schema_is_current(name: str, made) -> None:
    assert (DOCS / f"{name}.schema.json").read_text() == schema_text(made()), (
        "write it anew: python -m grader.reports.schema docs"
    )


def test_everything_is_written(tmp_path: Path) -> None:
    rows = class_rows()
    for _ in range(2):
        write_all(tmp_path / "out", record(rows), rows)
    written = sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")
    )
    assert written == ["grades.csv", *(f"results/k{number}.json" for number in range(6)), "run.json"]
    assert json.loads((tmp_path / "out/results/k1.json").read_text())["student"] == "bob"


def test_an_interrupted_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new\udcff")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_says_where_the_results_are(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match=r"kept in out/gradebook\.db"):
        write_all(tmp_path / "out", record([]), [])
