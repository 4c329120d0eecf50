"""A notebook's outputs, as far as they are text, tables or pictures of known kinds and of bounded size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.reports.html.limits import (
    MAX_CELL_TEXT,
    MAX_NOTEBOOK_TEXT,
    MAX_OUTPUTS,
    MAX_PAGE_PICTURES,
    MAX_PICTURE,
)
from grader.reports.html.visible import visible
from grader.reports.text import without_escapes

PICTURES = ("image/png", "image/jpeg")
TEXTS = ("text/html", "text/plain")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_SPACE = re.compile(r"\s+")


class OutputReader:
    """Reads the outputs of one notebook's cells, and counts what they add up to."""

    def __init__(self) -> None:
        self._text_left = MAX_NOTEBOOK_TEXT
        self._pictures_left = MAX_PAGE_PICTURES
        self._cut = 0
        self._unknown = 0

    def read(self, outputs: Any) -> list[dict[str, Any]]:
        """A cell's outputs; what is malformed, unknown or too much is left out and counted."""
        listed = outputs if isinstance(outputs, list) else []
        self._cut += max(0, len(listed) - MAX_OUTPUTS)
        left = MAX_CELL_TEXT
        found = []
        for output in listed[:MAX_OUTPUTS]:
            made = self._output(output, left) if isinstance(output, dict) else None
            if made is None:
                self._unknown += 1
                continue
            found.append(made)
            left -= _text_size(made)
        return found

    def notes(self) -> Iterator[str]:
        """What is not shown."""
        if self._cut:
            yield f"{self._cut} outputs are cut or left out, because they are too long or too many."
        if self._unknown:
            yield f"{self._unknown} outputs are left out: they are no text, table, PNG or JPEG."

    def _output(self, output: Mapping[str, Any], left: int) -> dict[str, Any] | None:
        match output.get("output_type"):
            case "stream":
                name = "stderr" if output.get("name") == "stderr" else "stdout"
                text = self._text(output.get("text"), left)
                return {"output_type": "stream", "name": name, "text": text}
            case "error":
                lines = self._text(output.get("traceback"), left, joint="\n")
                return {"output_type": "error", "ename": "", "evalue": "", "traceback": [lines]}
            case "display_data" | "execute_result":
                data = self._data(output.get("data"), left)
                return {"output_type": "display_data", "metadata": {}, "data": data} if data else None
            case _:
                return None

    def _data(self, data: Any, left: int) -> dict[str, str]:
        """One form of the value: a picture, else a table, else text."""
        if not isinstance(data, dict):
            return {}
        for kind in PICTURES:
            picture = _SPACE.sub("", _joined(data.get(kind), ""))
            if not picture:
                continue
            if len(picture) > min(MAX_PICTURE, self._pictures_left):
                self._cut += 1
            elif _BASE64.fullmatch(picture):
                self._pictures_left -= len(picture)
                return {kind: picture}
        for kind in TEXTS:
            whole = _joined(data.get(kind), "")
            # A table that is cut in its midst is none; its plain text is there as well.
            if whole and (kind == "text/plain" or len(whole) <= min(left, self._text_left)):
                return {kind: self._text(whole, left)}
        return {}

    def _text(self, value: Any, left: int, joint: str = "") -> str:
        text = _joined(value, joint)
        room = max(0, min(left, self._text_left))
        if len(text) > room:
            self._cut += 1
            text = text[:room] + " …"
        self._text_left -= len(text)
        return visible(without_escapes(text))


def _joined(value: Any, joint: str) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return joint.join(value)
    return value if isinstance(value, str) else ""


def _text_size(output: Mapping[str, Any]) -> int:
    data = output.get("data", {})
    texts = [output.get("text", ""), *output.get("traceback", []), *(data.get(kind, "") for kind in TEXTS)]
    return sum(len(text) for text in texts)
