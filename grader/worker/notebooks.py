"""A notebook's bytes become the texts of its code cells. Nothing in it is run here, and nothing believed.

Only the source of code cells matters: outputs, metadata (nbgrader's too) and attachments are dropped before
anything looks at them, so that neither their size nor what is wrong with them is of any consequence. What
can be repaired is, and told; for the rest there is a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.model.names import MAX_MODULE_BYTES
from grader.model.notebooks import NOTEBOOK_FORMAT, NotANotebook, format_of, notebook_content, raw_cells
from grader.worker.cannot import CannotLoad

MAX_CODE_BYTES = MAX_MODULE_BYTES
"""Of all code cells together: what a `.py` file may have."""
MAX_CELLS = 5_000
_HAS_IDS = 5
"""The minor version from which cells have ids."""
_SAVE_AGAIN = "open it in Jupyter, and save it again"


@dataclass(frozen=True, slots=True)
class CodeCell:
    """One code cell that is not blank, by the number that "Restart and run all" gives it, from 1 on."""

    number: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """The code of a notebook."""

    cells: tuple[CodeCell, ...]
    repairs: tuple[str, ...] = ()
    """What was wrong with the file and could be mended, a sentence each."""


def read_notebook(name: str, data: bytes) -> Notebook:
    """The code cells of a notebook of any version of the format from 2 on. Raises CannotLoad."""
    try:
        content = notebook_content(data)
        version = format_of(content)
        found = raw_cells(content, MAX_CELLS)
    except NotANotebook as error:
        raise CannotLoad(f"{name} {error}; {_SAVE_AGAIN}") from None
    bare = _bare(name, content, found)
    repairs = (
        []
        if version == NOTEBOOK_FORMAT
        else [f"it was upgraded from version {version} of the notebook format"]
    )
    cells, more = _upgraded(name, bare)
    sources = [text for text in cells if text.strip()]
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in sources)
    if size > MAX_CODE_BYTES:
        raise CannotLoad(f"{name} has {size:,} bytes of code; the limit is {MAX_CODE_BYTES:,}")
    numbered = tuple(CodeCell(number, text) for number, text in enumerate(sources, 1))
    return Notebook(cells=numbered, repairs=tuple(repairs + more))


def warm_up() -> None:
    """Import nbformat and compile its schema, once for all workers that are forked from here."""
    empty = {"nbformat": NOTEBOOK_FORMAT, "nbformat_minor": 5, "metadata": {}, "cells": []}
    read_notebook("empty.ipynb", json.dumps(empty).encode())


def _bare(name: str, content: Mapping[str, Any], found: list[Any]) -> dict[str, Any]:
    """The notebook with nothing but its version and the sources of its cells."""
    cells = [_bare_cell(name, number, cell) for number, cell in enumerate(found, 1)]
    minor = content.get("nbformat_minor")
    bare: dict[str, Any] = {"nbformat": content["nbformat"], "metadata": {}}
    bare["nbformat_minor"] = minor if type(minor) is int and minor >= 0 else 0
    if content["nbformat"] < NOTEBOOK_FORMAT:
        return bare | {"worksheets": [{"cells": cells, "metadata": {}}]}
    return bare | {"cells": cells}


def _bare_cell(name: str, number: int, cell: Any) -> dict[str, Any]:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    key = "input" if isinstance(cell, dict) and kind == "code" and "source" not in cell else "source"
    source = cell.get(key) if isinstance(cell, dict) else None
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise CannotLoad(f"{name} is damaged: cell {number} of all its cells has no text; {_SAVE_AGAIN}")
    bare: dict[str, Any] = {"cell_type": kind, key: "".join(lines), "metadata": {}}
    if isinstance(cell.get("id"), str):
        bare["id"] = cell["id"]
    if kind == "code":
        bare |= {"outputs": []} | ({"execution_count": None} if key == "source" else {"language": "python"})
    if kind == "heading":  # before version 4
        bare["level"] = 1
    return bare


def _upgraded(name: str, bare: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The sources of the code cells as version 4 has them, and what nbformat repaired.

    nbformat is imported here: a submission without notebooks never needs it.
    """
    import nbformat

    repairs = [*_repeated(bare)]
    for number, cell in enumerate(bare.get("cells", ())):
        cell.pop("id", None)
        if bare["nbformat_minor"] >= _HAS_IDS:
            cell["id"] = f"cell-{number}"
    try:
        node = nbformat.convert(nbformat.from_dict(bare), NOTEBOOK_FORMAT)  # type: ignore[no-untyped-call]  # no types
        nbformat.validate(node)
    except nbformat.ValidationError as error:
        said = str(error.message)[:200]
        raise CannotLoad(f"{name} is not a valid notebook: {said}; {_SAVE_AGAIN}") from None
    except Exception as error:  # noqa: BLE001 - whatever the upgrade of a made-up notebook stumbles over
        raise CannotLoad(
            f"{name} cannot be read as a notebook: {type(error).__name__}; {_SAVE_AGAIN}"
        ) from None
    return [cell["source"] for cell in node["cells"] if cell["cell_type"] == "code"], repairs


def _repeated(bare: Mapping[str, Any]) -> Iterator[str]:
    ids = [cell["id"] for cell in bare.get("cells", ()) if "id" in cell]
    count = len(ids) - len(set(ids))
    if count:
        yield f"{count} of its cells had the id of another and got a new one"
