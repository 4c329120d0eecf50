"""A folder of pages: whole files, nobody else's touched, and no submission that costs another its page."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from grader.batch.names import fold, unique_file_name
from grader.model.errors import UsageError
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from grader.model.runs import Row
from grader.reports.exports.stored import ClassResults
from grader.reports.html.documents import Document
from grader.reports.html.drawing import Drawer
from grader.reports.html.report import Choices, Files, write_report
from tests.reports.htmls import cell, elements, notebook, parsed
from tests.reports.samples import check, record, result


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    with Drawer() as made:
        yield made


def class_of(*keys: str) -> ClassResults:
    rows = [Row(key=key, result=result(key, Status.GRADED, check("dot", Outcome.PASSED, 4))) for key in keys]
    return ClassResults(record=record(rows), rows=tuple(rows))


def nothing(_result: Result) -> Files:
    return Files(files={}, problem="It is not there.")


def written(folder: Path, *keys: str) -> list[str]:
    write_report(folder, class_of(*keys), nothing, Choices())
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_process_draws_files_of_both_kinds(drawer: Drawer) -> None:
    assert "line" in drawer.draw(Document(name="hw.py", data=b"x = 1")).html
    assert "cell" in drawer.draw(Document(name="hw.ipynb", data=notebook(cell("code", "x")))).html
    assert "broken JSON" in drawer.draw(Document(name="hw.ipynb", data=b"{")).problem


def test_a_file_that_ends_the_process_costs_itself_only(drawer: Drawer) -> None:
    assert drawer.draw(Document(name="hw.py", data=b"x")).html
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    assert "ended the process" in drawer.draw(Document(name="hw.py", data=b"x")).problem
    assert drawer.draw(Document(name="hw.py", data=b"x")).html


def test_a_file_that_takes_too_long_costs_itself_only() -> None:
    long = notebook(*[cell("markdown", "*a* `b` [c](d) " * 60)] * 1_000)
    others = set(multiprocessing.active_children())
    with Drawer(seconds=0.5) as drawer:
        assert "longer than 0.5 s" in drawer.draw(Document(name="hw.ipynb", data=long)).problem
    assert set(multiprocessing.active_children()) == others


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's address space")
def test_a_file_that_takes_all_memory_costs_itself_only() -> None:
    lists = ("[" * 50 + "]" * 50 + ",") * 80_000  # 44 bytes of memory for each of these
    bomb = f'{{"nbformat": 4, "cells": [{lists}0]}}'.encode()
    with Drawer(memory_bytes=256 * 2**20) as drawer:
        assert "emory" in drawer.draw(Document(name="hw.ipynb", data=bomb)).problem
        assert drawer.draw(Document(name="hw.py", data=b"x")).html


def test_a_page_each_and_the_table(tmp_path: Path) -> None:
    assert written(tmp_path / "new" / "pages", "ann", "bob") == [
        "index.html",
        "submissions/ann.html",
        "submissions/bob.html",
    ]


def test_odd_names_have_pages_of_their_own(tmp_path: Path) -> None:
    names = [
        "a/b",
        "a\\b",
        "../a",
        "line\nbreak",
        "x" * 255,
        "Twin",
        "twin",
        "con",
        "\udcff",
        "😀",
        ".hidden",
        "",
    ]
    keys: list[str] = []
    for name in names:
        keys.append(unique_file_name(name, f"/s/{len(keys)}", {fold(key) for key in keys}))
    assert len(written(tmp_path, *keys)) == len(names) + 1
    links = [
        one.get("href", "")
        for one in elements(parsed((tmp_path / "index.html").read_text()))
        if one.tag == "a"
    ]
    assert len(links) == len(names) and all((tmp_path / unquote(link)).is_file() for link in links)


def test_a_foreign_file_is_kept_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "other.html").write_text("mine")
    written(tmp_path, "ann")
    assert (
        (tmp_path / "notes.txt").read_text()
        == (tmp_path / "submissions" / "other.html").read_text()
        == "mine"
    )
    for name in ("index.html", "submissions/bob.html"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(UsageError, match="not written over"):
            written(tmp_path, "ann", "bob")
        assert (tmp_path / name).read_text() == "mine"
        (tmp_path / name).unlink()


def test_pages_of_an_earlier_report_go(tmp_path: Path) -> None:
    written(tmp_path, "ann", "bob")
    assert written(tmp_path, "ann") == ["index.html", "submissions/ann.html"]


def test_an_interrupted_report_leaves_whole_pages_and_no_table(tmp_path: Path) -> None:
    def interrupted(found: Result) -> Files:
        if found.student == "cleo":
            raise KeyboardInterrupt
        return nothing(found)

    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path, class_of("ann", "bob", "cleo"), interrupted, Choices())
    there = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.name for path in there] == ["ann.html", "bob.html"]
    assert all(path.read_text().endswith("</html>\n") for path in there)


@pytest.mark.parametrize("key", ["../../x", "..", "", "a/b", "a\\b", "a\0b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError, match=r"run\.json has"):
        written(tmp_path / "pages", key)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Cannot write"):
        written(tmp_path / "file" / "pages", "ann")


def test_one_broken_file_costs_no_other_its_page(tmp_path: Path) -> None:
    files = {
        "ann": Files(files={"hw.ipynb": b"{", "hw.py": b"x = 1"}),
        "bob": Files(files={}, problem="Its digest differs."),
        "cleo": Files(files={"hw.ipynb": notebook(cell("code", "y = 2"))}),
    }
    made = write_report(tmp_path, class_of(*files), lambda found: files[found.student], Choices())
    assert made.pages == 3
    assert [note.partition(":")[0] for note in made.notes] == ["ann", "bob"]
    pages = {name: (tmp_path / "submissions" / f"{name}.html").read_text() for name in files}
    assert "broken JSON" in pages["ann"] and 'class="source"' in pages["ann"]
    assert "Its digest differs." in pages["bob"] and 'class="cell code-cell"' in pages["cleo"]
