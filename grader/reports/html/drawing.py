"""The process that draws submissions' files, and the one that asks it.

A parser that a file keeps busy or makes take all memory costs that file's drawing and no more: the process
has limits, and is ended and replaced. It is no sandbox: it runs nothing of a submission's, but it has the
rights of whoever runs the command.
"""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType

from grader.model.errors import HarnessFault
from grader.reports.html.artist import READY, serve
from grader.reports.html.documents import Document, Drawn, packed, unpacked_drawn
from grader.reports.html.limits import RENDER_MEMORY_BYTES, RENDER_S, START_S


class Drawer:
    """Draws files one at a time, in a process that starts with the first; a context manager ends it."""

    def __init__(self, *, seconds: float = RENDER_S, memory_bytes: int = RENDER_MEMORY_BYTES) -> None:
        """`seconds` of wall clock for a file, and the address space of the process."""
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Drawer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def draw(self, document: Document) -> Drawn:
        """The file as HTML, or why not. Raises HarnessFault where no process can be started."""
        pipe = self._pipe or self._start()
        try:
            pipe.send_bytes(packed(document))
            if pipe.poll(self._seconds):
                return unpacked_drawn(pipe.recv_bytes())
            reason = f"It took longer than {self._seconds:g} s to draw."
        except (EOFError, OSError):
            reason = "Drawing it took more memory than there is for it, or ended the process that draws."
        self._end()
        return Drawn(problem=reason)

    def _start(self) -> Connection:
        context = get_context("spawn")  # nothing of this process's memory is in reach of what is parsed there
        pipe, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._memory_bytes), daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, pipe
        try:
            if pipe.poll(START_S) and pipe.recv_bytes() == READY:
                return pipe
        except EOFError:
            pass
        self._end()
        raise HarnessFault("The process that draws submissions does not start; see what it printed.")

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None
