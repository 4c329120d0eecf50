"""A notebook's bytes -> a new notebook, as plain data, of checked and harmless texts alone.

The file is a stranger's: its sizes are looked at before its contents, its metadata, attachments and widgets
are dropped unread, and every text that is kept is cut to a length.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import nbformat

from grader.model.names import MAX_NOTEBOOK_BYTES
from grader.reports.html.documents import Document, Undrawable
from grader.reports.html.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_NOTEBOOK_TEXT
from grader.reports.html.outputs import OutputReader
from grader.reports.html.visible import visible

_FORMAT = 4
_OLDEST = 2
LEXER = "python3"
"""Which lexer colours the code is not the file's to choose."""


def read_notebook(document: Document) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The notebook and what of it is not shown. Raises Undrawable, with the reason."""
    content = _parsed(document.data)
    version = content.get("nbformat")
    if type(version) is not int or not _OLDEST <= version <= _FORMAT:
        raise Undrawable(f"It is no notebook of a version from {_OLDEST} to {_FORMAT} of the format.")
    cells = _cells(content, version)
    had_outputs = any(isinstance(cell, dict) and cell.get("outputs") for cell in cells)
    notes = [] if version == _FORMAT else [f"It was upgraded from version {version} of the notebook format."]
    if version < _FORMAT:
        cells = _upgraded(cells, version)
    outputs = OutputReader() if document.outputs else None
    made = list(_new_cells(cells, outputs))
    if sum(len(cell["source"]) for cell in made) > MAX_NOTEBOOK_TEXT:
        raise Undrawable(f"Its cells have more than {MAX_NOTEBOOK_TEXT:,} characters, too many for a page.")
    if outputs is not None:
        notes += outputs.notes()
    elif had_outputs:
        notes.append("Outputs are left out.")
    return {"nbformat": _FORMAT, "nbformat_minor": 0, "metadata": {}, "cells": made}, tuple(notes)


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise Undrawable(f"It has {len(data):,} bytes; up to {MAX_NOTEBOOK_BYTES:,} are shown.")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Undrawable(f"It is not UTF-8 text (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Undrawable(f"It is damaged: broken JSON at {where}: {error.msg}.") from None
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number of too many digits
        raise Undrawable(f"It is damaged: {type(error).__name__} while reading its JSON.") from None
    if not isinstance(content, dict):
        raise Undrawable(f"It is no notebook: its JSON is a {type(content).__name__}, not an object.")
    return content


def _cells(content: dict[str, Any], version: int) -> list[Any]:
    """The cells as they stand in the file, counted before anything looks into them."""
    sheets = [content] if version == _FORMAT else content.get("worksheets")
    if not isinstance(sheets, list):
        raise Undrawable("It is no notebook: it has no list of cells.")
    found: list[Any] = []
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(cells, list):
            raise Undrawable("It is no notebook: it has no list of cells.")
        found += cells
    if len(found) > MAX_CELLS:
        raise Undrawable(f"It has {len(found):,} cells; a page shows up to {MAX_CELLS:,}.")
    return found


def _upgraded(cells: list[Any], version: int) -> list[Any]:
    """Cells as version 4 has them. Outputs of older versions are left out."""
    bare = [_bare_cell(cell) for cell in cells]
    old = {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": bare}]}
    try:
        node = nbformat.convert(nbformat.from_dict(old), _FORMAT)  # type: ignore[no-untyped-call]  # no types
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
