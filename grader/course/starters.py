"""A starter as a notebook: the same names, a cell for each definition, and a last cell that checks them.

The notebook is of format 4.5, and the same starter always gives the same notebook. Cells with definitions are
marked for nbgrader as answers (format of its metadata: schema 3), the last cell as read-only.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import v4

from grader.model.errors import AuthoringError

_SCHEMA = 3
_MAX_ID = 60
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CHECK = "from grader.notebook import check\n\ncheck()"
_HOW_TO_CHECK = """## Check your work

The next cell runs the public tests against the definitions as they are now; `check("{name}")` runs those of
one task. Change a cell above, run it, and check again."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of the starter that belong together, and the definition that they hold, if one."""

    source: str
    definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None = None
    is_import: bool = False


def starter_notebook(source: str, file: str, task: str) -> str:
    """The text of the `.ipynb` file; `task` is an example for the sentence about `check`.

    Raises AuthoringError where the starter cannot be parsed.
    """
    try:
        tree = ast.parse(source, file)
    except SyntaxError as error:
        raise AuthoringError(
            f"the starter {file} cannot be parsed: line {error.lineno}: {error.msg}"
        ) from None
    ids: set[str] = set()
    cells = [_with_id(cell, name, ids) for name, cell in _cells(source, tree, task)]
    notebook = v4.new_notebook(cells=cells, metadata=_METADATA)  # type: ignore[no-untyped-call]  # no types
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]  # no types
    return text.rstrip("\n") + "\n"


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _cells(source: str, tree: ast.Module, task: str) -> Iterator[tuple[str, Any]]:
    """Each cell with what its id is made of."""
    docstring = ast.get_docstring(tree)
    if docstring:
        yield "about", _markdown(f"# {docstring}")
    for part in _parts(source, tree):
        if part.definition is None:
            yield "imports" if part.is_import else "names", _code(part.source)
            continue
        name = part.definition.name
        yield f"about-{name}", _markdown(_heading(part.definition))
        yield name, _code(part.source, _nbgrader(_slug(name), solution=True))
    yield "how-to-check", _markdown(_HOW_TO_CHECK.format(name=task))
    yield "check", _code(_CHECK, _nbgrader("check", locked=True))


def _heading(definition: ast.AST) -> str:
    assert isinstance(definition, _DEFINITIONS)
    docstring = ast.get_docstring(definition) or ""
    first = docstring.split("\n\n")[0].strip()
    return f"## `{definition.name}`" + (f"\n\n{first}" if first else "")


def _parts(source: str, tree: ast.Module) -> Iterator[_Part]:
    """The statements after the docstring, imports and other statements together where they follow another."""
    lines = source.splitlines()
    nodes = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    begin = (tree.body[0].end_lineno or 0) if len(nodes) < len(tree.body) else 0
    kept: list[str] = []
    kind = ""
    for number, node in enumerate(nodes):
        end = len(lines) if number == len(nodes) - 1 else node.end_lineno or begin
        text, begin = "\n".join(lines[begin:end]), end
        if isinstance(node, _DEFINITIONS):
            yield from _joined(kept, kind)
            yield _Part(_trimmed(text), node)
            kept = []
            continue
        now = "imports" if isinstance(node, ast.Import | ast.ImportFrom) else "names"
        if now != kind:
            yield from _joined(kept, kind)
            kept = []
        kept, kind = [*kept, text], now
    yield from _joined(kept, kind)


def _joined(texts: list[str], kind: str) -> Iterator[_Part]:
    if texts:
        yield _Part(_trimmed("\n".join(texts)), is_import=kind == "imports")


def _trimmed(text: str) -> str:
    """Without blank lines at either end."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip())


def _code(source: str, metadata: dict[str, Any] | None = None) -> Any:
    return v4.new_code_cell(source=source, metadata=metadata or {})  # type: ignore[no-untyped-call]  # no types


def _markdown(source: str) -> Any:
    return v4.new_markdown_cell(source=inspect.cleandoc(source))  # type: ignore[no-untyped-call]  # no types


def _nbgrader(grade_id: str, *, solution: bool = False, locked: bool = False) -> dict[str, Any]:
    """The marks of an answer that is graded elsewhere, or of a read-only cell."""
    return {
        "nbgrader": {
            "grade": False,
            "grade_id": grade_id,
            "locked": locked,
            "schema_version": _SCHEMA,
            "solution": solution,
            "task": False,
        }
    }


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)[:_MAX_ID]


def _with_id(cell: Any, name: str, taken: set[str]) -> Any:
    """Ids follow from names, so that a changed starter changes only its own cells."""
    slug, number = _slug(name), 1
    while (wanted := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    taken.add(wanted)
    cell["id"] = wanted
    marks = cell["metadata"].get("nbgrader")
    if marks:
        marks["grade_id"] = wanted
    return cell
