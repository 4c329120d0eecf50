"""What runs in the process that draws submissions' files; `drawing.py` is what asks it."""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from multiprocessing.connection import Connection

from grader.model.names import NOTEBOOK
from grader.reports.html.documents import Document, Drawn, Undrawable, packed, unpacked_document
from grader.reports.html.modules import drawn_module
from grader.reports.html.notebooks import NotebookDrawer

READY = b"ready"
"""What the process says when its imports are done."""


def drawn(document: Document, notebooks: NotebookDrawer) -> Drawn:
    """A file as HTML, in this process. Never raises for what is in the file."""
    try:
        return notebooks.draw(document) if document.name.endswith(NOTEBOOK) else drawn_module(document)
    except Undrawable as error:
        return Drawn(problem=str(error))
    except Exception as error:  # noqa: BLE001 - the border: whatever a stranger's file makes of the parsers
        return Drawn(problem=f"It cannot be drawn ({type(error).__name__}).")


def serve(pipe: Connection, memory_bytes: int) -> None:
    """Draw what comes through the pipe until it closes, in an address space of that size."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process, without a traceback
    warnings.simplefilter("ignore")
    logging.disable()
    notebooks = NotebookDrawer()
    _limit_memory(memory_bytes)
    pipe.send_bytes(READY)
    while True:
        try:
            document = unpacked_document(pipe.recv_bytes())
        except EOFError:
            return
        pipe.send_bytes(packed(drawn(document, notebooks)))


def _limit_memory(most: int) -> None:
    if sys.platform != "win32":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
