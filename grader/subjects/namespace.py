"""The names of a running notebook as the student: what `grader.notebook.check` asks."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from types import ModuleType
from typing import Any

from grader.subjects.base import Answer, Call, Raised, Returned
from grader.subjects.local import LocalSubject
from grader.worker.notebooks import CodeCell
from grader.worker.sources import facts_of_cells

MAIN = "__main__"


class NamespaceSubject(LocalSubject):
    """Calls what a namespace has now. The namespace itself is not changed: probes see a copy of it."""

    def __init__(self, names: Mapping[str, Any], *, timed: bool = True) -> None:
        super().__init__({}, {}, import_s=0.0, timed=timed)
        self._copy = ModuleType(MAIN)
        vars(self._copy).update(names)

    def answer(self, call: Call) -> Answer:
        """As of a file; a traceback names the cells by the numbers that stand beside them."""
        answer = super().answer(call)
        if not isinstance(answer, Raised):
            return answer
        known = cell_numbers()
        frames = [
            replace(frame, file=f"cell In[{known[frame.file]}]") if frame.file in known else frame
            for frame in answer.frames
        ]
        return replace(answer, frames=tuple(frames))

    def _module(self, call: Call) -> Any:
        return self._copy

    def _own_files(self) -> list[str]:
        return list({_file_of(value) for value in _own(vars(self._copy))} | set(cell_numbers()))

    def _surveyed(self, call: Call) -> Answer:
        """What the source of the definitions says that hold now; cells that were replaced do not count."""
        return Returned(value=facts_of_cells(PurePath(call.file).stem, [*_cells(vars(self._copy))]))


def cell_numbers() -> dict[str, int]:
    """In IPython, by which number people know the cell that a code object's file name stands for."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    known = getattr(getattr(shell, "compile", None), "_filename_map", {})
    return dict(known) if isinstance(known, dict) else {}


def _own(names: Mapping[str, Any]) -> Iterator[Any]:
    """The functions and classes that were defined here."""
    for value in list(names.values()):
        if (inspect.isfunction(value) or isinstance(value, type)) and value.__module__ == MAIN:
            yield value


def _file_of(value: Any) -> str:
    functions = [one for one in vars(value).values() if inspect.isfunction(one)]
    functions = [value] if inspect.isfunction(value) else functions
    return next((one.__code__.co_filename for one in functions), "")


def _cells(names: Mapping[str, Any]) -> Iterator[CodeCell]:
    """The imports in force, and each definition at its own lines, in the cells that they stand in."""
    imports = [_import(name, value) for name, value in names.items() if not name.startswith("_")]
    yield CodeCell(0, "\n".join(line for line in imports if line))
    known = cell_numbers()
    for value in _own(names):
        try:
            lines, first = inspect.getsourcelines(value)
        except (OSError, TypeError):
            continue
        yield CodeCell(known.get(_file_of(value), 0), "\n" * (max(first, 1) - 1) + "".join(lines))


def _import(name: str, value: Any) -> str:
    """The import that would give a name its value, of a module or of something in torch."""
    if not name.isidentifier():
        return ""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    home, own = getattr(value, "__module__", None), getattr(value, "__name__", "")
    if isinstance(home, str) and home.partition(".")[0] == "torch" and str(own).isidentifier():
        return f"from {home} import {own} as {name}"
    torch = sys.modules.get("torch")
    if own and callable(value) and getattr(torch, str(own), None) is value:  # which are of no module
        return f"from torch import {own} as {name}"
    return ""
