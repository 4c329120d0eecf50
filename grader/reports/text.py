"""Untrusted text made harmless to show, and numbers without the noise of floats.

Students choose names, exceptions' texts and printed output. In a terminal they could hide or forge
lines by escape sequences and bidirectional marks, in a spreadsheet they could be formulas.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS and their kin, to their end
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
    r"|\x9b[0-?]*[ -/]*[@-~]",  # CSI as one character
    re.DOTALL,
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def clean(text: str) -> str:
    """The text without escape sequences, control characters and marks of writing direction."""
    text = without_escapes(text.replace("\r\n", "\n"))
    return "".join(char if _is_harmless(char) else _stand_in(char) for char in text)


def without_escapes(text: str) -> str:
    """The text without terminals' escape sequences, to the end of those that do not end."""
    return _ESCAPES.sub("", text)


def one_line(text: str, limit: int = 0) -> str:
    """Cleaned, white space collapsed, cut to the limit with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def csv_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def number(value: float | None) -> str:
    """`7`, `7.5`, `2.333`; empty for None. Points need no more than three digits after the point."""
    if value is None or not math.isfinite(value):
        return ""
    rounded = round(value, 3) + 0.0  # no minus zero
    return f"{rounded:.3f}".rstrip("0").rstrip(".")


def tidy(value: Any) -> Any:
    """Plain data for JSON: floats rounded at the sixth digit, whole ones without a fraction."""
    if isinstance(value, dict):
        return {tidy(key): tidy(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(inner) for inner in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        rounded = round(value, 6)
        return int(rounded) if rounded.is_integer() else rounded
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value


def _is_harmless(char: str) -> bool:
    return char == "\n" or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _BIDI)


def _stand_in(char: str) -> str:
    return " " if char == "\t" else "\ufffd" if unicodedata.category(char) == "Cs" else ""
