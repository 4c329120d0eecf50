"""Names in archives: which may be unpacked, and what the rest would have done."""

from __future__ import annotations

import re
import unicodedata

from grader.batch.archives.limits import ArchiveLimits
from grader.batch.names import readable

MAX_NAME_BYTES = 255
_DRIVE = re.compile(r"[A-Za-z]:")


def safe_parts(name: str, limits: ArchiveLimits) -> tuple[tuple[str, ...], str]:
    """The parts of a member's path in NFC, and why it must not be unpacked (empty where it may).

    The parts of an unsafe path hold only what is plain in it: enough to say whose it is.
    """
    text = unicodedata.normalize("NFC", readable(name))
    parts = tuple(part for part in re.split(r"[/\\]", text) if part not in ("", ".", ".."))
    problem = _problem(text, limits)
    return parts[: limits.path_parts], f"unsafe path {_short(text)!r}: {problem}" if problem else ""


def _problem(text: str, limits: ArchiveLimits) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if "\0" in text:
        return "it holds a NUL character"
    if text.startswith("/"):
        return "it is absolute"
    if _DRIVE.match(text):
        return "it begins with a drive letter"
    if "\\" in text:
        return "it holds a backslash; pack the archive with a program that writes / between folders"
    if ".." in parts:
        return "it leads out of the archive by '..'"
    if len(text.encode()) > limits.path_bytes or any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        return "it is too long"
    return "it has too many folders" if len(parts) > limits.path_parts else ""


def unicode_name(name: str, *, is_utf8: bool) -> str:
    """A zip member's name. Many programs write UTF-8 and do not say so; the standard then says cp437."""
    if is_utf8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
