"""Where the worker is, when the judge asks from outside by a signal: its stack, as text on its output.

The handler is faulthandler's. It is written in C and needs neither the interpreter's lock nor its loop, so
that it also answers from within a long call of torch. Until it is asked it costs nothing.
"""

from __future__ import annotations

import faulthandler
import signal

WHERE = signal.SIGUSR1
HEAD = "(most recent call first):"
"""How faulthandler begins a stack."""


def tell_when_asked() -> None:
    """Have the first thread's stack written to the standard error whenever the signal comes."""
    faulthandler.register(WHERE, file=2, all_threads=False)
