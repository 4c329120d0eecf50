"""JSON for people and for `git diff`: one line for each thing at a given depth."""

from __future__ import annotations

import json
from typing import Any


def in_lines(value: Any, depth: int) -> str:
    """JSON whose objects are spread over lines down to `depth` levels; whatever lies deeper has one line."""
    return _lines(value, depth, "\n")


def _lines(value: Any, depth: int, margin: str) -> str:
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value)
    inner = margin + " "
    fields = (f"{json.dumps(name)}: {_lines(each, depth - 1, inner)}" for name, each in value.items())
    return "{" + inner + f",{inner}".join(fields) + margin + "}"
