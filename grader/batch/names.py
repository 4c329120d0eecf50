"""Names that came from students, made safe for files, and kept readable for people."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_BYTES = 100
"""File systems allow 255 bytes a name; a suffix and an ending must still fit."""

_WINDOWS = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)


def readable(name: str) -> str:
    """The name as valid text: bytes that are no UTF-8 become `\\xNN`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def file_name(name: str) -> str:
    """A file name without folders, controls, leading dots or Windows' reserved words; never empty."""
    text = unicodedata.normalize("NFC", readable(name))
    text = "".join(char if _is_plain(char) else "_" for char in text)
    text = re.sub(r"_{2,}", "_", text).strip(". ").lstrip("-~")
    text = text.encode()[:MAX_BYTES].decode(errors="ignore").rstrip(". ")
    if not text.strip("_"):
        return f"student-{_short_hash(name)}"
    return f"_{text}" if text.partition(".")[0].casefold().strip() in _WINDOWS else text


def unique_file_name(name: str, path: str, taken: set[str]) -> str:
    """A file name that no earlier one equals, not even on a file system that ignores case.

    The suffix comes from the path, so that it stays the same when a run is continued.
    """
    plain = file_name(name)
    for choice in (plain, f"{plain}-{_short_hash(path)}"):
        if fold(choice) not in taken:
            return choice
    number = 2
    while fold(f"{plain}-{_short_hash(path)}-{number}") in taken:
        number += 1
    return f"{plain}-{_short_hash(path)}-{number}"


def fold(name: str) -> str:
    """What two names share that some file system would take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_plain(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in " ._-@+,()"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
