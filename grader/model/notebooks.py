"""The outer shape of a notebook file: JSON of bounded size with a list of cells. Readers look further."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.model.names import MAX_NOTEBOOK_BYTES

NOTEBOOK_FORMAT = 4
"""The newest version that is read; before it, cells stood in worksheets."""
OLDEST_FORMAT = 2


class NotANotebook(Exception):
    """A file is none; the text goes on where its name, or "it", begins a sentence."""


def notebook_content(data: bytes) -> dict[str, Any]:
    """The file's JSON object. Raises NotANotebook."""
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise NotANotebook(f"has {len(data):,} bytes; the limit is {MAX_NOTEBOOK_BYTES:,}: clear its outputs")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotANotebook(f"is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotANotebook(f"is not a notebook: broken JSON at {where}: {error.msg}") from None
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number of too many digits
        raise NotANotebook(f"is not a notebook: {type(error).__name__} while reading its JSON") from None
    if not isinstance(content, dict):
        raise NotANotebook(f"is not a notebook: its JSON is a {type(content).__name__}, not an object")
    return content


def format_of(content: Mapping[str, Any]) -> int:
    """The version of the format that it says it has. Raises NotANotebook where that cannot be read."""
    version = content.get("nbformat")
    if type(version) is not int or version < OLDEST_FORMAT:
        raise NotANotebook("is not a notebook: it does not say its format's version")
    if version > NOTEBOOK_FORMAT:
        raise NotANotebook(
            f"has version {version} of the notebook format; {NOTEBOOK_FORMAT} is the newest known"
        )
    return version


def raw_cells(content: Mapping[str, Any], most: int) -> list[Any]:
    """The cells in order, as they stand in the file. Raises NotANotebook."""
    sheets = [content] if content["nbformat"] == NOTEBOOK_FORMAT else _list(content.get("worksheets"))
    parts = [sheet.get("cells") if isinstance(sheet, Mapping) else None for sheet in sheets]
    cells = [cell for part in parts for cell in _list(part)]
    if len(cells) > most:
        raise NotANotebook(f"has {len(cells):,} cells; the limit is {most:,}")
    return cells


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NotANotebook("is not a notebook: it has no list of cells")
    return value
