"""A notebook's bytes -> a new notebook, as plain data, of checked and harmless texts alone.

The file is a stranger's: its sizes are looked at before its contents, its metadata, attachments and widgets
are dropped unread, and every text that is kept is cut to a length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nbformat

from grader.model.notebooks import NOTEBOOK_FORMAT, NotANotebook, format_of, notebook_content, raw_cells
from grader.reports.html.documents import Document, Undrawable
from grader.reports.html.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_NOTEBOOK_TEXT
from grader.reports.html.outputs import OutputReader
from grader.reports.html.visible import visible

LEXER = "python3"
"""Which lexer colours the code is not the file's to choose."""


def read_notebook(document: Document) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The notebook and what of it is not shown. Raises Undrawable, with the reason."""
    try:
        content = notebook_content(document.data)
        version = format_of(content)
        cells = raw_cells(content, MAX_CELLS)
    except NotANotebook as error:
        raise Undrawable(f"It {error}.") from None
    had_outputs = any(isinstance(cell, dict) and cell.get("outputs") for cell in cells)
    notes = (
        []
        if version == NOTEBOOK_FORMAT
        else [f"It was upgraded from version {version} of the notebook format."]
    )
    if version < NOTEBOOK_FORMAT:
        cells = _upgraded(cells, version)
    outputs = OutputReader() if document.outputs else None
    made = list(_new_cells(cells, outputs))
    if sum(len(cell["source"]) for cell in made) > MAX_NOTEBOOK_TEXT:
        raise Undrawable(f"Its cells have more than {MAX_NOTEBOOK_TEXT:,} characters, too many for a page.")
    if outputs is not None:
        notes += outputs.notes()
    elif had_outputs:
        notes.append("Outputs are left out.")
    return {"nbformat": NOTEBOOK_FORMAT, "nbformat_minor": 0, "metadata": {}, "cells": made}, tuple(notes)


def _upgraded(cells: list[Any], version: int) -> list[Any]:
    """Cells as version 4 has them. Outputs of older versions are left out."""
    bare = [_bare_cell(cell) for cell in cells]
    old = {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": bare}]}
    try:
        node = nbformat.convert(nbformat.from_dict(old), NOTEBOOK_FORMAT)  # type: ignore[no-untyped-call]  # no types
        return list(node.cells)
    except Exception as error:  # noqa: BLE001 - whatever the upgrade of a made-up notebook stumbles over
        reason = f"It has version {version} of the notebook format, and cannot be upgraded"
        raise Undrawable(f"{reason} ({type(error).__name__}).") from None


def _bare_cell(cell: Any) -> dict[str, Any]:
    if not isinstance(cell, dict):
        raise Undrawable(f"It is damaged: one of its cells is a {type(cell).__name__}, not an object.")
    if not isinstance(cell.get("input", cell.get("source")), str | list):
        raise Undrawable("It is damaged: one of its cells has no text.")
    kept = {key: cell[key] for key in ("cell_type", "input", "source", "level", "language") if key in cell}
    return {"language": "python", "metadata": {}, "outputs": [], **kept}


def _new_cells(cells: list[Any], outputs: OutputReader | None) -> Iterator[dict[str, Any]]:
    number = 0
    for position, cell in enumerate(cells, 1):
        source = visible(_source(cell, position))
        kind = cell.get("cell_type")
        made: dict[str, Any] = {
            "cell_type": "markdown" if kind == "markdown" else "raw",
            "metadata": {},
            "source": source,
        }
        if kind == "code":
            # The number under which a result's messages speak of the cell, whatever the file claims.
            number += bool(source.strip())
            shown = outputs.read(cell.get("outputs")) if outputs is not None else []
            made |= {"cell_type": kind, "execution_count": number if source.strip() else None}
            made |= {"outputs": shown}
        yield made


def _source(cell: Any, position: int) -> str:
    text = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if not isinstance(text, str):
        raise Undrawable(f"It is damaged: cell {position} has no text.")
    if len(text) > MAX_CELL_TEXT:
        raise Undrawable(
            f"Its cell {position} has {len(text):,} characters; up to {MAX_CELL_TEXT:,} are shown."
        )
    return text
