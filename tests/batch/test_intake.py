"""Submissions come in as bytes; nothing is followed, trusted or dropped in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.batch.intake import ClassRules, Entry, Intake, find_submissions
from grader.model.course import Assignment, Task
from grader.model.digests import digest_files
from grader.model.errors import UsageError
from grader.model.names import MAX_MODULE_BYTES, MAX_NOTEBOOK_BYTES

ONE = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=1)})
TWO = Assignment(title="B", files=("one.py", "two.py"), tasks={"t": Task(points=1)})


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def only_entry(found: Intake) -> Entry:
    (entry,) = found.entries
    return entry


def by_student(found: Intake) -> dict[str, Entry]:
    return {entry.student: entry for entry in found.entries}


def ignored(found: Intake) -> dict[str, str]:
    return {Path(entry.path).name: entry.reason for entry in found.ignored}


def test_a_folder_per_student(tmp_path: Path) -> None:
    found = find_submissions([put(tmp_path, {"jane/hw.py": "1", "joe/hw.py": "2"})], ONE)
    jane, joe = found.entries
    assert (jane.student, jane.key, jane.submission.files) == ("jane", "jane", {"hw.py": b"1"})
    assert joe.submission.digest == digest_files({"hw.py": b"2"})
    assert found.ignored == ()


def test_a_file_per_student_stands_for_the_first_hand_in(tmp_path: Path) -> None:
    found = by_student(find_submissions([put(tmp_path, {"jane.py": "1", "joe.ipynb": "{}"})], TWO))
    assert found["jane"].submission.files == {"one.py": b"1"}
    assert found["joe"].submission.files == {"one.ipynb": b"{}"}


def test_folders_and_files_may_be_mixed(tmp_path: Path) -> None:
    found = find_submissions([put(tmp_path, {"jane/hw.py": "1", "joe.py": "2"})], ONE)
    assert set(by_student(found)) == {"jane", "joe"}


def test_a_folder_with_a_hand_in_is_one_submission(tmp_path: Path) -> None:
    put(tmp_path / "jane", {"two.py": "2", "notes.txt": "", "src/one.py": ""})
    entry = only_entry(find_submissions([tmp_path / "jane"], TWO))
    assert entry.student == "jane"
    assert entry.submission.files == {"two.py": b"2"}
    assert entry.submission.found == ("notes.txt", "src/one.py")


def test_the_folder_here_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "jane", {"hw.py": "1"})
    monkeypatch.chdir(tmp_path / "jane")
    assert only_entry(find_submissions([Path()], ONE)).student == "jane"


def test_a_single_file_of_a_students_name(tmp_path: Path) -> None:
    entry = only_entry(find_submissions([put(tmp_path, {"jane.py": "1"}) / "jane.py"], TWO))
    assert (entry.student, entry.submission.files) == ("jane", {"one.py": b"1"})


def test_a_single_file_of_the_hand_ins_name_belongs_to_its_folder(tmp_path: Path) -> None:
    put(tmp_path / "jane", {"one.py": "1", "two.py": "2"})
    entry = only_entry(find_submissions([tmp_path / "jane" / "one.py"], TWO))
    assert (entry.student, set(entry.submission.files)) == ("jane", {"one.py", "two.py"})


def test_a_notebook_stands_for_its_module_unless_both_are_there(tmp_path: Path) -> None:
    put(tmp_path, {"jane/hw.ipynb": "{}", "joe/hw.py": "1", "joe/hw.ipynb": "{}"})
    found = by_student(find_submissions([tmp_path], ONE))
    assert found["jane"].submission.files == {"hw.ipynb": b"{}"}
    assert found["joe"].submission.files == {"hw.py": b"1"}
    assert found["joe"].submission.found == ("hw.ipynb",)


def test_of_both_forms_the_one_counts_that_was_worked_on(tmp_path: Path) -> None:
    rules = ClassRules(starters={"hw.py": b"starter", "hw.ipynb": b"{}"})
    put(tmp_path, {"jane/hw.py": "starter", "jane/hw.ipynb": '{"cells": []}'})
    put(tmp_path, {"joe/hw.py": "mine", "joe/hw.ipynb": "{}"})
    put(tmp_path, {"both/hw.py": "mine", "both/hw.ipynb": '{"cells": []}'})
    put(tmp_path, {"none/hw.py": "starter", "none/hw.ipynb": "{}"})
    found = by_student(find_submissions([tmp_path], ONE, rules))
    taken = {student: list(entry.submission.files) for student, entry in found.items()}
    assert taken == {"jane": ["hw.ipynb"], "joe": ["hw.py"], "both": ["hw.py"], "none": ["hw.py"]}


def test_a_student_without_the_file_is_graded_as_missing_and_told_what_was_found(tmp_path: Path) -> None:
    put(tmp_path, {"jane/HW.py": "1", "jane/.cache/x": "", "joe/hw.py": ""})
    (tmp_path / "empty").mkdir()
    found = by_student(find_submissions([tmp_path], ONE))
    assert found["jane"].submission.files == {}
    assert found["jane"].submission.found == ("HW.py",)
    assert found["empty"].submission.files == {} and found["empty"].submission.found == ()


def test_what_is_no_submission_is_listed_with_the_reason(tmp_path: Path) -> None:
    files = {"jane/hw.py": "", "README.md": "", "expected.yml": "", ".git/x": "", "__pycache__/x": ""}
    found = find_submissions([put(tmp_path, files)], ONE)
    assert set(by_student(found)) == {"jane"}
    assert set(ignored(found)) == {"README.md", "expected.yml", ".git", "__pycache__"}
    assert all(ignored(found).values())


def test_links_are_never_followed(tmp_path: Path) -> None:
    secret = put(tmp_path / "elsewhere", {"hw.py": "secret"})
    put(tmp_path / "class", {"good/hw.py": "1"})
    (tmp_path / "class" / "linked").symlink_to(secret)
    (tmp_path / "class" / "file.py").symlink_to(secret / "hw.py")
    (tmp_path / "class" / "inside").mkdir()
    (tmp_path / "class" / "inside" / "hw.py").symlink_to(secret / "hw.py")
    (tmp_path / "class" / "dangling").symlink_to(tmp_path / "nowhere")
    found = find_submissions([tmp_path / "class"], ONE)
    entries = by_student(found)
    assert entries["good"].submission is not None
    for student in ("linked", "file", "inside"):
        assert entries[student].submission is None
        assert "symbolic link" in entries[student].reason
    assert ignored(found) == {"dangling": "is a symbolic link"}


def test_a_link_that_is_named_on_the_command_line_is_followed(tmp_path: Path) -> None:
    put(tmp_path / "class", {"jane/hw.py": "1"})
    (tmp_path / "link").symlink_to(tmp_path / "class")
    assert only_entry(find_submissions([tmp_path / "link"], ONE)).student == "jane"


def test_special_files_are_rejected_without_waiting_for_them(tmp_path: Path) -> None:
    for student in ("pipe", "folder", "fine"):
        (tmp_path / student).mkdir()
    os.mkfifo(tmp_path / "pipe" / "hw.py")
    (tmp_path / "folder" / "hw.py").mkdir()
    put(tmp_path, {"fine/hw.py": ""})
    os.mkfifo(tmp_path / "fifo.py")
    found = by_student(find_submissions([tmp_path], ONE))
    for student in ("pipe", "fifo"):
        assert "not a regular file" in found[student].reason
    assert found["folder"].submission is None
    assert found["fine"].submission is not None


def test_a_file_over_the_limit_is_rejected_and_one_at_the_limit_is_not(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "big/hw.py": "x" * (MAX_MODULE_BYTES + 1),
            "full/hw.py": "x" * MAX_MODULE_BYTES,
            "plots/hw.ipynb": "x" * (MAX_MODULE_BYTES + 1),
            "film/hw.ipynb": "x" * (MAX_NOTEBOOK_BYTES + 1),
        },
    )
    found = by_student(find_submissions([tmp_path], ONE))
    assert "larger than 1024 KiB" in found["big"].reason
    assert found["full"].submission is not None
    assert found["plots"].submission is not None, "most of a notebook may be plots"
    assert "larger than 16384 KiB" in found["film"].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_rejects_only_its_submission(tmp_path: Path) -> None:
    put(tmp_path, {"locked/hw.py": "", "fine/hw.py": ""})
    (tmp_path / "locked" / "hw.py").chmod(0)
    found = by_student(find_submissions([tmp_path], ONE))
    assert "cannot be read" in found["locked"].reason
    assert found["fine"].submission is not None


def test_equal_names_of_two_classes_stay_apart(tmp_path: Path) -> None:
    for folder in ("monday", "tuesday"):
        put(tmp_path / folder, {"jane/hw.py": folder})
    entries = find_submissions([tmp_path / "monday", tmp_path / "tuesday"], ONE).entries
    assert [entry.student for entry in entries] == ["jane", "jane"]
    assert len({entry.key for entry in entries}) == 2


def test_names_that_differ_in_case_or_composition_stay_apart(tmp_path: Path) -> None:
    names = ["jose\u0301", "jos\u00e9", "JOS\u00c9", "a:b", "a?b", "con"]
    entries = find_submissions([put(tmp_path, {f"{name}/hw.py": "" for name in names})], ONE).entries
    assert {entry.student for entry in entries} == set(names)
    assert len({entry.key.casefold() for entry in entries}) == len(names)


def test_a_name_that_is_no_text_is_taken_in(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/jos\xe9"
    os.mkdir(folder)  # noqa: PTH102 - pathlib takes no bytes
    put(Path(os.fsdecode(folder)), {"hw.py": "1"})
    entry = only_entry(find_submissions([tmp_path], ONE))
    assert entry.student == r"jos\xe9"
    entry.path.encode()


def test_what_is_given_twice_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, {"jane/hw.py": ""})
    found = find_submissions([tmp_path, tmp_path / "jane", tmp_path], ONE)
    assert [entry.student for entry in found.entries] == ["jane"]
    assert "twice" in ignored(found)["jane"]


@pytest.mark.parametrize("name", ["nowhere", "empty", "notes.txt", "odd", "nul\0"])
def test_a_path_without_a_submission_is_a_usage_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, {"notes.txt": "", "odd/x.txt": ""})
    with pytest.raises(UsageError) as error:
        find_submissions([tmp_path / name], ONE)
    assert name.rstrip("\0") in str(error.value)


def test_an_empty_class_says_what_was_wanted_and_what_was_ignored(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        find_submissions([put(tmp_path, {"jane.rar": ""})], TWO)
    assert "one.py and two.py" in str(error.value)
    assert "jane.rar: is no folder" in str(error.value)
