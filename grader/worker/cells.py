"""The code cells of a notebook, run in order as one module.

A cell that cannot be read, raises, or runs over its time is told, and the later cells still run with what
the earlier ones have made, as in Jupyter. Each is compiled under a name of its own, so that tracebacks and
syntax errors say "attention.ipynb, cell 3, line 2".
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from grader.worker.alarm import TimeIsUp, alarm
from grader.worker.definitions import only_definitions
from grader.worker.magics import plain_python
from grader.worker.notebooks import CodeCell, Notebook
from grader.worker.raised import describe

ALL, DEFINITIONS = "all", "definitions"
IN_ALL = 3
"""All cells together may take so many times what one may."""
_HURRIED_S = 1.0
_MAX_NOTE = 400
MAX_NOTES = 40
_TOLD = 3
_FUTURES = tuple(getattr(__future__, name) for name in __future__.all_feature_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRules:
    """Which cells run, and for how long."""

    run: str = ALL
    """`all`, or `definitions`: see `grader.worker.definitions`."""
    seconds: float | None = None
    """What one cell may take; None where a person is debugging."""
    hurried: frozenset[int] = frozenset()
    """Cells that ran over their time before: this time they get a second."""


@dataclass(slots=True)
class Ran:
    """What came of running a notebook's cells."""

    notes: list[str] = field(default_factory=list)
    """What was repaired, dropped, or went wrong, a sentence each."""
    troubles: list[str] = field(default_factory=list)
    """The notes about cells that did not run to their end."""
    slow: list[int] = field(default_factory=list)
    """The cells that ran over their time."""

    def why_missing(self) -> str:
        """What to add to the sentence that a name is not defined; empty where every cell ran to its end."""
        return "".join(f"\n  {trouble}" for trouble in self.troubles[:_TOLD])


def cell_name(shown: str, number: int) -> str:
    """The name under which a cell of a notebook appears in tracebacks."""
    return f"{shown}, cell {number}"


def cell_names(shown: str, notebook: Notebook) -> list[str]:
    """The names of all cells."""
    return [cell_name(shown, cell.number) for cell in notebook.cells]


def run_cells(notebook: Notebook, shown: str, names: dict[str, Any], rules: CellRules) -> Ran:
    """Run the cells in a module's names. Raises KeyboardInterrupt, and what ends a debugger's session."""
    runner = _Runner(notebook, shown, names, rules)
    names |= {"display": _display, "get_ipython": _get_ipython} | names
    with _no_windows():
        for cell in notebook.cells:
            runner.run(cell)
    return runner.ran


class _Runner:
    def __init__(self, notebook: Notebook, shown: str, names: dict[str, Any], rules: CellRules) -> None:
        self.ran = Ran()
        self._shown = shown
        self._names = names
        self._rules = rules
        self._own = frozenset(cell_names(shown, notebook))
        self._flags = 0
        self._told_late = False
        self._left_s = (rules.seconds or 0.0) * IN_ALL
        for repair in notebook.repairs:
            self._note(f"{shown}: {repair}")

    def run(self, cell: CodeCell) -> None:
        """Run one cell, and note what there is to be told of it."""
        name = cell_name(self._shown, cell.number)
        plain = plain_python(cell.source)
        for line, text in plain.dropped:
            self._note(f"{name}, line {line}: dropped, and not run: {_short(text)}")
        remember(name, plain.source)
        seconds = self._seconds(cell.number)
        started = time.monotonic()
        try:
            with alarm(seconds, self._own) if seconds is not None else nullcontext():
                exec(self._compiled(plain.source, name), self._names)
        except TimeIsUp:
            self.ran.slow.append(cell.number)
            self._trouble(f"{name}: ran over its {seconds:g} s and was stopped")
        except BaseException as error:
            if ends_the_run(error):
                raise
            self._trouble(_told(name, error, self._own))
        self._left_s -= time.monotonic() - started

    def _seconds(self, number: int) -> float | None:
        if self._rules.seconds is None:
            return None
        least = min(_HURRIED_S, self._rules.seconds)
        if number in self._rules.hurried:
            return least
        return max(least, min(self._rules.seconds, self._left_s))

    def _compiled(self, source: str, name: str) -> CodeType:
        """The code of a cell. What an earlier cell imported from `__future__` holds here too."""
        await_too = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, name, "exec", self._flags | ast.PyCF_ONLY_AST | await_too, dont_inherit=True)
        if self._rules.run == DEFINITIONS or self._is_late(name):
            tree = only_definitions(tree)
        code: CodeType = compile(tree, name, "exec", self._flags | await_too, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            raise _TopLevelAwait
        for feature in _FUTURES:
            self._flags |= code.co_flags & feature.compiler_flag
        return code

    def _is_late(self, name: str) -> bool:
        """Whether all the time is spent: then only what the remaining cells define is still run."""
        late = self._rules.seconds is not None and self._left_s <= 0
        if late and not self._told_late:
            self._told_late = True
            self._trouble(f"{name}: from here on only definitions were run: the time for all cells was spent")
        return late

    def _trouble(self, text: str) -> None:
        if len(self.ran.troubles) < MAX_NOTES:
            self.ran.troubles.append(_short(text))
        self._note(text)

    def _note(self, text: str) -> None:
        if len(self.ran.notes) == MAX_NOTES:
            self.ran.notes.append(f"{self._shown}: and more of the kind")
        elif len(self.ran.notes) < MAX_NOTES:
            self.ran.notes.append(_short(text))


class _TopLevelAwait(Exception):
    """`await` outside of any function, which only IPython runs."""


def _told(name: str, error: BaseException, own: frozenset[str]) -> str:
    if isinstance(error, _TopLevelAwait):
        return f"{name}: not run, because `await` outside of a function works in IPython only"
    if isinstance(error, SystemExit):
        return f"{name}: ended the program; the later cells were run nevertheless"
    if isinstance(error, MemoryError | RecursionError | ValueError) and error.__traceback__ is None:
        return f"{name}: cannot be parsed"
    if isinstance(error, SyntaxError) and error.filename == name:
        return (
            f"{name}, line {error.lineno}: {type(error).__name__}: {error.msg}: {(error.text or '').strip()}"
        )
    facts = describe(error, own)
    frames = facts["frames"]
    where = f"{frames[-1]['file']}, line {frames[-1]['line']}" if frames else name
    raised = where if where.startswith(name) else f"{name}: at {where}"
    return f"{raised}: {facts['types'][0]}: {facts['text']}"


def _short(text: str) -> str:
    return text if len(text) <= _MAX_NOTE else text[: _MAX_NOTE - 3] + "..."


def remember(name: str, source: str) -> None:
    """Give a text to those who look for the lines of a traceback."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def ends_the_run(error: BaseException) -> bool:
    """Ctrl-C, and `quit` at the prompt of pytest's debugger: the person at the keyboard wants out."""
    kind = type(error)
    is_exit = (kind.__module__, kind.__name__) == ("_pytest.outcomes", "Exit")
    return isinstance(error, KeyboardInterrupt) or is_exit


def _display(*_objects: Any, **_options: Any) -> None:
    """In place of IPython's `display`: there is nobody to see it."""


def _get_ipython() -> None:
    """In place of IPython's: outside of IPython it gives None."""


@contextmanager
def _no_windows() -> Iterator[None]:
    """Plots are drawn into nothing, also where the student's own machine has a screen."""
    key, before = "MPLBACKEND", os.environ.get("MPLBACKEND")
    os.environ[key] = "Agg"
    try:
        yield
    finally:
        if before is None:
            del os.environ[key]
        else:
            os.environ[key] = before
