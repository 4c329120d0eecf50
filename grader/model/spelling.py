"""Names and ids as different programs write them, brought to one form for comparison only."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """An id, login or address: without case and white space around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def squeezed(name: str) -> str:
    """A name's letters and digits, without case, accents, spaces and punctuation: as downloads spell it."""
    parts = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", parts) if char.isalnum())


def spellings(name: str) -> set[str]:
    """The name with any of its last words put first: `Given Family`, and `Family, Given` as lists have it."""
    words = name.replace(",", " ").split()
    turned = {squeezed(" ".join(words[cut:] + words[:cut])) for cut in range(len(words))}
    return {one for one in turned if one}
