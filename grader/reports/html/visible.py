"""Source text that shows what is in it: nothing hides a line, turns it round, or ends the document.

In a message such characters are dropped; in a program they may be the point, so they are shown by number.
"""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t\u200c\u200d\u00ad")
"""The joiners and the soft hyphen belong to words and emoji, and move nothing."""
_LINE_ENDS = frozenset("\u2028\u2029")


def visible(text: str) -> str:
    """The text with controls, marks of writing direction and lone surrogates as `⟨U+202E⟩`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else f"⟨U+{ord(char):04X}⟩" for char in text)


def _is_harmless(char: str) -> bool:
    if char in _KEPT:
        return True
    return char not in _LINE_ENDS and unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn")
