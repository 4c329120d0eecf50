"""Where a worker was when its time was up, as it wrote itself: a claim, read with bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.model.names import NOTEBOOK
from grader.subjects.base import Frame
from grader.worker.stacks import HEAD

MAX_BYTES = 2**16
_TEXT = 200
_FRAME = re.compile(r'^  File "([^"\n]{1,200})", line (\d{1,9}) in ([^\n]{1,100})$', re.MULTILINE)


def frames_of(written: bytes, files: Mapping[str, bytes]) -> tuple[Frame, ...]:
    """The student's own frames, the innermost last. What stands in a line is taken from the files."""
    _, head, stack = written[-MAX_BYTES:].decode("ascii", "replace").rpartition(HEAD)
    if not head:
        return ()
    found = [_frame(name, int(line), function, files) for name, line, function in _FRAME.findall(stack)]
    return tuple(frame for frame in reversed(found) if frame is not None)


def _frame(name: str, line: int, function: str, files: Mapping[str, bytes]) -> Frame | None:
    if name in files:
        lines = files[name].splitlines()
        if not 1 <= line <= len(lines):
            return None
        text = lines[line - 1].decode(errors="replace").strip()[:_TEXT]
        return Frame(file=name, line=line, function=function, text=text)
    if name.startswith(tuple(file for file in files if file.endswith(NOTEBOOK))):  # one of its cells
        return Frame(file=name, line=line, function=function, text="")
    return None
