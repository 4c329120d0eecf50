"""An exception as plain data: type names, text, and the frames that are the student's own."""

from __future__ import annotations

import errno
import linecache
import traceback
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

MAX_TEXT = 2_000
MAX_FRAMES = 8
MAX_KINDS = 10
_ALLOCATOR_MARKS = (
    "DefaultCPUAllocator",
    "can't allocate memory",
    "CUDA out of memory",
    "CUDA error: out of memory",
)


def describe(error: BaseException, shown_files: Collection[str]) -> dict[str, Any]:
    """`types` from the most derived up to Exception, `text`, and `frames` within the shown files."""
    return {
        "types": [kind.__name__[:100] for kind in type(error).__mro__ if kind is not object][:MAX_KINDS],
        "text": _text(error),
        "frames": _frames(error, shown_files),
    }


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed, in Python or in torch's allocator."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or any(mark in _text(error) for mark in _ALLOCATOR_MARKS)


def _text(error: BaseException) -> str:
    try:
        text = _syntax_text(error) if isinstance(error, SyntaxError) else str(error)
    except BaseException as second:  # noqa: BLE001 - a student's __str__ may do anything
        text = f"<its text cannot be made: {type(second).__name__}>"
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + f"... ({len(text):,} characters)"


def _syntax_text(error: SyntaxError) -> str:
    if error.filename is None or not isinstance(error.text or "", str):
        return str(error)
    line = (error.text or "").strip()
    where = f"{PurePath(str(error.filename)).name}, line {error.lineno}"  # the name alone, as in str(error)
    return f"{error.msg} ({where})" + (f": {line[:200]}" if line else "")


def _frames(error: BaseException, shown_files: Collection[str]) -> list[dict[str, Any]]:
    frames = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if code.co_filename in shown_files:
            text = linecache.getline(code.co_filename, line).strip()[:200]
            frames.append({"file": code.co_filename, "line": line, "function": code.co_name, "text": text})
            if len(frames) > 4 * MAX_FRAMES:  # deep recursion: the ends tell enough
                del frames[MAX_FRAMES]
    return frames[: MAX_FRAMES // 2] + frames[MAX_FRAMES // 2 :][-MAX_FRAMES // 2 :]
