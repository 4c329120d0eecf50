"""Hand-in files, as bytes, become modules. The same code serves the worker and a local pytest run.

A hand-in is a `.py` file or a notebook; either stands for the other (`grader.worker.cells` runs notebooks).

Nothing is read from disk: the files are handed over as bytes, and a meta path finder gives them to
the import system, so that one hand-in can import another by its stem.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from types import CodeType, ModuleType

from grader.model.names import MAX_MODULE_BYTES, NOTEBOOK, in_either_form
from grader.worker.cannot import CannotLoad
from grader.worker.cells import CellRules, Ran, cell_names, remember, run_cells
from grader.worker.notebooks import Notebook, read_notebook

__all__ = ["MAX_SOURCE_BYTES", "CannotLoad", "HandIns", "Transform", "absent"]

MAX_SOURCE_BYTES = MAX_MODULE_BYTES
_TOLD = 8

Transform = Callable[[str, str], ast.Module]
"""(source, file name) to a syntax tree."""


def absent(name: str, found: Iterable[str]) -> str:
    """The sentence for a hand-in that is not there, and what is there instead."""
    names = sorted(found)
    more = ", ..." if len(names) > _TOLD else ""
    return f"{name} was not handed in (found: {', '.join(names[:_TOLD]) or 'nothing'}{more})"


class HandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The files of one submission, importable by their stems while installed."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        shown_as: Mapping[str, str] | None = None,
        rules: CellRules | None = None,
    ) -> None:
        """`shown_as` gives the path by which a file appears in tracebacks; its own name by default."""
        self.files = dict(files)
        self.shown_as = {name: (shown_as or {}).get(name, name) for name in files}
        self.rules = rules or CellRules()
        """For notebooks."""
        self._names = {PurePath(name).stem: name for name in files if name.endswith(".ipynb")}
        self._names |= {PurePath(name).stem: name for name in files if name.endswith(".py")}
        self._notebooks: dict[str, Notebook] = {}
        self._ran: dict[str, Ran] = {}
        self._modules: dict[str, ModuleType] = {}
        self._transforms: dict[str, Transform] = {}
        self.extra_globals: dict[str, dict[str, object]] = {}

    def install(self) -> None:
        """Put the files before everything else on the import path."""
        sys.meta_path.insert(0, self)
        self.forget()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Installed for a while, so that several sets of files with equal names can share a process."""
        others = {stem: sys.modules.pop(stem) for stem in self._names if stem in sys.modules}
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            self._modules = {stem: sys.modules.pop(stem) for stem in self._names if stem in sys.modules}
            sys.modules.update(others)

    def forget(self) -> None:
        """Drop the modules, so that the next import runs the files afresh."""
        for stem in self._names:
            sys.modules.pop(stem, None)

    def transform(self, name: str, change: Transform, extra_globals: Mapping[str, object]) -> None:
        """From the next import on, compile what `change` makes of a file, and run it with more globals."""
        self._transforms[name] = change
        self.extra_globals[name] = dict(extra_globals)

    def own_files(self) -> list[str]:
        """The names by which tracebacks show the student's code: of the files, and of notebooks' cells."""
        cells = [cell_names(self.shown_as[name], book) for name, book in self._notebooks.items()]
        return [*self.shown_as.values(), *(cell for names in cells for cell in names)]

    def notebook(self, name: str) -> Notebook:
        """A notebook's code. Raises CannotLoad."""
        if name not in self._notebooks:
            self._notebooks[name] = read_notebook(name, self.files[name])
        return self._notebooks[name]

    def ran(self, name: str) -> Ran:
        """What came of running a hand-in's cells; of a file that is no notebook, or has not run, nothing."""
        return self._ran.get(in_either_form(name, self.files) or "", Ran())

    def run_notebook(self, name: str, module: ModuleType) -> None:
        """Run a notebook's cells in a module. Raises CannotLoad where it cannot be read."""
        self._ran[name] = run_cells(self.notebook(name), self.shown_as[name], vars(module), self.rules)

    def load(self, name: str) -> ModuleType:
        """Import a hand-in, in either form, by its name.

        Raises CannotLoad, or whatever a file's code raises; what a notebook's cells raise is in `ran`.
        """
        if in_either_form(name, self.files) is None:
            raise CannotLoad(absent(name, self.files))
        return importlib.import_module(PurePath(name).stem)

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The import system's question whether `fullname` is one of these files."""
        name = self._names.get(fullname)
        if name is None:
            return None
        loader = _FileLoader(self, name)
        return importlib.util.spec_from_file_location(fullname, self.shown_as[name], loader=loader)

    def compiled(self, name: str) -> CodeType:
        """The code of a file. Raises CannotLoad if it cannot be read, SyntaxError if not parsed."""
        source = self.source(name)
        shown = self.shown_as[name]
        remember(shown, source)
        change = self._transforms.get(name)
        try:
            return compile(change(source, shown) if change else source, shown, "exec", dont_inherit=True)
        except (MemoryError, RecursionError, ValueError) as error:
            reason = str(error) or "it is too large or too deeply nested"
            raise CannotLoad(f"{name} cannot be parsed: {reason}") from None

    def source(self, name: str) -> str:
        """The text of a file. Raises CannotLoad."""
        data = self.files[name]
        if len(data) > MAX_SOURCE_BYTES:
            raise CannotLoad(f"{name} is {len(data):,} bytes; the limit is {MAX_SOURCE_BYTES:,}")
        try:
            return importlib.util.decode_source(data)
        except (UnicodeDecodeError, SyntaxError, LookupError) as error:
            raise CannotLoad(f"{name} cannot be read as text: {error}; save it as UTF-8") from None


class _FileLoader(importlib.abc.Loader):
    def __init__(self, hand_ins: HandIns, name: str) -> None:
        self._hand_ins = hand_ins
        self._name = name

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if self._name.endswith(NOTEBOOK):
            self._hand_ins.run_notebook(self._name, module)
            return
        module.__dict__.update(self._hand_ins.extra_globals.get(self._name, {}))
        exec(self._hand_ins.compiled(self._name), module.__dict__)

    def get_source(self, _fullname: str) -> str | None:
        """The text of a file; a notebook's is that of its cells, by their own names."""
        if self._name.endswith(NOTEBOOK):
            return None
        return self._hand_ins.source(self._name)
