"""Hand-in files as HTML: readable, and nothing of a student's that is more than text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import STANDARD_TYPES

from grader.reports.html.artist import drawn
from grader.reports.html.documents import Document, Drawn
from grader.reports.html.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_NOTEBOOK_TEXT
from grader.reports.html.notebooks import NotebookDrawer
from grader.reports.html.visible import visible
from tests.reports.htmls import (
    SNIPPETS,
    by_class,
    cell,
    display,
    elements,
    fragment,
    notebook,
    png,
    stream,
    text_of,
    texts,
)

NOTEBOOKS = NotebookDrawer()
HEADING = {"cell_type": "heading", "source": "of no level", "level": "high"}
OPEN_ENDED = settings(deadline=None)
TAGS = {
    *"abiqspu",
    "abbr",
    "blockquote",
    "br",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "hr",
    "img",
}
TAGS |= {
    "ins",
    "kbd",
    "li",
    "ol",
    "pre",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "tt",
    "ul",
    "var",
}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
ATTRIBUTES = {
    "alt",
    "class",
    "colspan",
    "height",
    "href",
    "rel",
    "rowspan",
    "scope",
    "src",
    "start",
    "title",
    "width",
}
OWN_CLASSES = {"cell", "code-cell", "text-cell", "raw-cell", "prompt", "input", "outputs", "output", "stream"}
OWN_CLASSES |= {"stderr", "error", "highlight"}


def draw(data: bytes, *, outputs: bool = False, name: str = "hw.ipynb") -> Drawn:
    return drawn(Document(name=name, data=data, outputs=outputs), NOTEBOOKS)


def assert_harmless(html: str, *, images: bool = False) -> None:
    for one in elements(fragment(html)):
        assert one.tag in TAGS - (set() if images else {"img"}), one.tag
        assert set(one.attrib) <= ATTRIBUTES, one.attrib
        assert set(one.get("class", "").split()) <= OWN_CLASSES | set(STANDARD_TYPES.values())
        assert re.match(r"https?://|mailto:|$", one.get("href", ""), re.IGNORECASE)
        assert re.match(r"data:image/(png|jpeg);base64,[\w+/=]*$|$", one.get("src", ""))


@OPEN_ENDED
@given(source=texts(), kind=st.sampled_from(["markdown", "code", "raw", "unheard of"]))
def test_no_cell_brings_more_than_listed_tags_and_attributes(source: str, kind: str) -> None:
    made = draw(notebook(cell(kind, source)))
    assert not made.problem
    assert_harmless(made.html)


@OPEN_ENDED
@given(output=texts(), table=texts(), outputs=st.booleans())
def test_no_output_brings_more_than_listed_tags_and_attributes(
    output: str, table: str, outputs: bool
) -> None:
    error = {"output_type": "error", "ename": table, "evalue": table, "traceback": [output]}
    shown = [stream(output), display(text_html=table, text_plain=output), error]
    made = draw(notebook(cell("code", "1", outputs=shown)), outputs=outputs)
    assert not made.problem
    assert_harmless(made.html, images=True)
    assert bool(by_class(fragment(made.html), "output")) is outputs


@OPEN_ENDED
@given(source=texts())
def test_no_cell_hides_another(source: str) -> None:
    shown = [display(text_html=source), stream("printed")]
    made = draw(notebook(cell("markdown", source), cell("code", "y = 2", outputs=shown)), outputs=True)
    tree = fragment(made.html)
    assert [one.get("class") for one in tree] == ["cell text-cell", "cell code-cell"]
    assert text_of(tree[1]).strip().startswith("[1]") and text_of(tree[1]).strip().endswith("printed")


@OPEN_ENDED
@given(source=texts())
def test_the_code_of_a_cell_is_shown_as_it_is(source: str) -> None:
    [shown] = by_class(fragment(draw(notebook(cell("code", source))).html), "input")
    assert text_of(shown).split() == visible(source).split()


@OPEN_ENDED
@given(source=texts())
def test_a_file_is_shown_as_it_is_and_line_by_line(source: str) -> None:
    made = draw(source.encode("utf-8", "replace"), name="hw.py")
    tree = fragment(made.html)
    assert {one.tag for one in elements(tree)} <= {"pre", "span"}
    wanted = visible(source.encode("utf-8", "replace").decode("utf-8-sig")).removesuffix("\n")
    assert [text_of(line).removesuffix("\n") for line in by_class(tree, "line")] == wanted.split("\n")


@pytest.mark.parametrize("text", SNIPPETS)
def test_nothing_hides_in_shown_source(text: str) -> None:
    shown = visible(text)
    assert shown.encode()
    assert not set(shown) & set("\x00\x0b\x1b\x9b\u202e\u2028\ufeff")


def test_a_text_cell_is_laid_out() -> None:
    html = draw(notebook(cell("markdown", "# Why\n\nBecause *so*.\n\n| a | b |\n|--|--|\n| 1 | 2 |"))).html
    laid_out = [text_of(one).strip() for one in elements(fragment(html)) if one.tag in ("h1", "em", "td")]
    assert laid_out == ["Why", "so", "1", "2"]


def test_code_is_coloured() -> None:
    assert by_class(fragment(draw(b"def f(): pass\n", name="hw.py").html), "k")
    assert by_class(fragment(draw(notebook(cell("code", ["def f():\n", "    pass"]))).html), "k")


def test_cells_have_the_numbers_that_messages_name_them_by() -> None:
    made = draw(
        notebook(
            cell("code", "a", execution_count=7), cell("code", " "), cell("markdown", "x"), cell("code", "b")
        )
    )
    assert [text_of(one) for one in by_class(fragment(made.html), "prompt")] == ["[1]", "", "[2]"]


def test_outputs_are_left_out_and_told_unless_asked_for() -> None:
    made = draw(notebook(cell("code", "1", outputs=[stream("printed")])))
    assert "printed" not in made.html and made.notes == ("Outputs are left out.",)


def test_outputs_are_shown_when_asked_for() -> None:
    shown = [
        stream("\x1b[31mred\x1b[0m\x1b]0;title\x07"),
        display(text_plain="a picture", image_png=png()),
        display(text_html="<table><tr><td>7</td></tr></table>", text_plain="seven"),
        display(application_javascript="alert(1)"),
    ]
    made = draw(notebook(cell("code", "1", outputs=shown)), outputs=True)
    tree = fragment(made.html)
    assert [text_of(one) for one in by_class(tree, "output")] == ["red", "", "7"]
    assert [one.get("src") for one in elements(tree) if one.tag == "img"] == [
        f"data:image/png;base64,{png()}"
    ]
    assert made.notes == ("1 outputs are left out: they are no text, table, PNG or JPEG.",)


def test_a_picture_that_is_none_is_its_text() -> None:
    made = draw(
        notebook(cell("code", "1", outputs=[display(image_png='"><script>', text_plain="text")])),
        outputs=True,
    )
    assert text_of(by_class(fragment(made.html), "output")[0]) == "text"


def test_a_flood_of_output_is_cut_and_told() -> None:
    flood = [stream("x" * (MAX_CELL_TEXT + 1)), *[stream("y")] * 60]
    made = draw(notebook(cell("code", "1", outputs=flood)), outputs=True)
    assert len(made.html) < 2 * MAX_CELL_TEXT and "cut or left out" in made.notes[0]


@pytest.mark.parametrize("version", [2, 3])
def test_an_old_notebook_is_upgraded_and_told(version: int) -> None:
    cells = [{"cell_type": "code", "input": "x = 1", "outputs": [1], "language": "python"}]
    made = draw(notebook(nbformat=version, worksheets=[{"cells": cells}]))
    assert "upgraded" in made.notes[0]
    assert text_of(by_class(fragment(made.html), "input")[0]).strip() == "x = 1"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "broken JSON at line 1"),
        (b'{"cells": [', "broken JSON at line 1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "RecursionError"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "ValueError"),
        (b"[]", "a list, not an object"),
        (b"{}", "does not say its format's version"),
        (notebook(nbformat=5), "version 5 of the notebook format; 4 is the newest"),
        (notebook(nbformat=3), "no list of cells"),
        (notebook(nbformat=3, worksheets=[{"cells": [7]}]), "a int, not an object"),
        (
            notebook(nbformat=3, worksheets=[{"cells": [{"cell_type": "code"}]}]),
            "one of its cells has no text",
        ),
        (notebook(nbformat=3, worksheets=[{"cells": [HEADING]}]), "cannot be upgraded"),
        (notebook(cells=7), "no list of cells"),
        (notebook(7), "cell 1 has no text"),
        (notebook(cell("code", ["a", 1])), "cell 1 has no text"),
        (notebook(*[7] * (MAX_CELLS + 1)), f"1,001 cells; the limit is {MAX_CELLS:,}"),
        (notebook(cell("markdown", "x" * (MAX_CELL_TEXT + 1))), "cell 1 has 200,001 characters"),
        (notebook(*[cell("raw", "x" * 101_000)] * 10), f"more than {MAX_NOTEBOOK_TEXT:,} characters"),
        (b" " * (16 * 2**20 + 1), "16,777,217 bytes"),
    ],
)
def test_what_is_no_notebook_to_show_says_why(data: bytes, said: str) -> None:
    made = draw(data)
    assert made.html == "" and said in made.problem


@OPEN_ENDED
@given(
    cells=st.recursive(
        st.none() | st.integers() | texts(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["cell_type", "source", "outputs", "output_type", "data", "text", "image/png", "metadata"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    version=st.sampled_from([2, 3, 4]),
)
def test_no_made_up_structure_is_worse_than_a_reason(cells: object, version: int) -> None:
    made = draw(notebook(nbformat=version, cells=cells, worksheets=[{"cells": cells}]), outputs=True)
    assert "cannot be drawn" not in made.problem
    assert_harmless(made.html, images=True)


def test_a_file_of_other_bytes_is_shown_and_told() -> None:
    made = draw("# größe\nx = 1\n".encode("latin-1"), name="hw.py")
    assert "byte 4" in made.notes[0] and "gr��e" in made.html


def test_a_long_file_is_shown_without_colours() -> None:
    made = draw(b"def f(): pass\n" * 20_000, name="hw.py")
    tree = fragment(made.html)
    assert (
        len(by_class(tree, "line")) == 20_000
        and not by_class(tree, "k")
        and "to be coloured" in made.notes[0]
    )
