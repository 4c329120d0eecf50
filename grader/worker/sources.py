"""What hand-in files say, without running them: which names of torch each of their definitions uses.

A definition is a function, a class, or a name that is assigned or imported at the top level of a file.
Names are followed through aliases (`import .. as`, `from .. import .. as`, `m = torch.nn.functional`),
through chains of attributes, and through `getattr`, `vars` and `__dict__` with texts that can be read
off. Comments, docstrings and other texts are no uses; nor is an import that nothing needs.

    >>> import ast
    >>> facts_of("hw", ast.parse("import torch.nn as nn\\ndef f(x):\\n    return nn.Linear(2, 3)(x)"))["hw.f"]
    [[3, 'torch.nn.Linear']]
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

from grader.model.names import MISCONCEPTIONS, NOTEBOOK
from grader.worker.loader import CannotLoad, HandIns
from grader.worker.magics import plain_python
from grader.worker.notebooks import CodeCell

Uses = list[list[Any]]
"""[line, dotted name] of each use: a name of torch, or `stem.name` of a definition in a hand-in.

In a notebook [line in its cell, dotted name, cell].
"""
MAX_USES = 100_000
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def survey(hand_ins: HandIns, label: str | None) -> dict[str, Uses]:
    """The uses of every definition, over all hand-ins.

    `label` names the misconception that takes the place of what it replaces. A file that cannot be
    parsed has no definitions: importing it says why. Raises RecursionError or MemoryError on sources
    that are made for it.
    """
    uses: dict[str, Uses] = {}
    replaced: dict[str, Uses] = {}
    for name in hand_ins.files:
        stem = PurePath(name).stem
        if name.endswith(NOTEBOOK):
            uses |= _facts_of_notebook(stem, hand_ins, name)
            continue
        try:
            tree = ast.parse(hand_ins.source(name), name)
        except (SyntaxError, ValueError, CannotLoad):
            continue
        uses |= facts_of(stem, tree)
        if name == MISCONCEPTIONS and label is not None:
            replaced = _replaced(tree, label, stem, hand_ins)
    return uses | replaced


def facts_of(stem: str, tree: ast.Module) -> dict[str, Uses]:
    """The uses of each definition of a file."""
    top = _Scope(None, stem)
    top.bind_all(tree.body)
    facts: dict[str, Uses] = {}
    for node in _statements(tree.body):
        finder = _Uses(top)
        finder.visit(node)
        for name in _defined(node):
            facts.setdefault(f"{stem}.{name}", []).extend(finder.found)
    return facts


def _facts_of_notebook(stem: str, hand_ins: HandIns, name: str) -> dict[str, Uses]:
    try:
        return facts_of_cells(stem, hand_ins.notebook(name).cells)
    except CannotLoad:
        return {}


def facts_of_cells(stem: str, given: Iterable[CodeCell]) -> dict[str, Uses]:
    """As `facts_of`, over all cells as one file; a cell that cannot be parsed defines nothing."""
    whole, begins, cells = ast.Module(body=[], type_ignores=[]), [0], [0]
    for cell in given:
        source = plain_python(cell.source).source
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        whole.body += ast.increment_lineno(tree, begins[-1]).body
        begins.append(begins[-1] + source.count("\n") + 1)
        cells.append(cell.number)
    facts = facts_of(stem, whole)
    for uses in facts.values():
        for use in uses:
            place = bisect_left(begins, use[0])
            use[:] = [use[0] - begins[place - 1], use[1], cells[place]]
    return facts


def _replaced(tree: ast.Module, label: str, stem: str, hand_ins: HandIns) -> dict[str, Uses]:
    """The definition that a misconception stands for, as one that uses the misconception."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name != label:
            continue
        marks = [mark for mark in node.decorator_list if isinstance(mark, ast.Call) and mark.args]
        names = [name for mark in marks if (name := _text(mark.args[0])) is not None]
        given = [_text(word.value) for mark in marks for word in mark.keywords if word.arg == "file"]
        files = [file for file in given if file is not None] or [*hand_ins.files]
        instead: Uses = [[node.lineno, f"{stem}.{label}"]]
        return {f"{PurePath(file).stem}.{name}": instead for file in files for name in names}
    return {}


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Top-level statements, those below `if`, `try` and `with` included, but not what only a script runs."""
    for node in body:
        if isinstance(node, ast.If):
            if not _is_script_guard(node.test):
                yield from _statements(node.body)
            yield from _statements(node.orelse)
        elif isinstance(node, ast.Try):
            for part in (
                node.body,
                *(handler.body for handler in node.handlers),
                node.orelse,
                node.finalbody,
            ):
                yield from _statements(part)
        elif isinstance(node, ast.With | ast.For | ast.While):
            yield from _statements(node.body)
        else:
            yield node


def _is_script_guard(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _defined(node: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    yield part.id


class _Scope:
    """What names mean in a function or a file: a dotted name, or None for a value that is not followed."""

    def __init__(self, parent: _Scope | None, stem: str) -> None:
        self.parent = parent
        self.stem = stem
        self.names: dict[str, str | None] = {}
        self.stars: list[str] = []

    def bind(self, name: str, meaning: str | None) -> None:
        """A second, other meaning makes it a value of which nothing is known."""
        if name in self.names and self.names[name] != meaning:
            meaning = None
        self.names[name] = meaning

    def bind_all(self, body: list[ast.stmt]) -> None:
        """Everything that the statements bind in this scope: imports first, then what aliases them."""
        nodes = [node for statement in body for node in _own_nodes(statement)]
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._imports(node)
        for node in nodes:
            self._binds(node)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                self.bind(alias.asname or alias.name.partition(".")[0],
                          alias.name if alias.asname else alias.name.partition(".")[0])  # fmt: skip
            elif alias.name == "*":
                self.stars.append(node.module or "")
            else:
                self.bind(alias.asname or alias.name, f"{node.module}.{alias.name}")

    def _binds(self, node: ast.AST) -> None:
        own = None if self.parent else self.stem
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.bind(node.name, own and f"{own}.{node.name}")
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            name = node.targets[0].id
            self.bind(name, self.meaning(node.value) or (own and f"{own}.{name}"))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in self.names:
            self.bind(node.id, own and f"{own}.{node.id}")

    def find(self, name: str) -> str | None:
        """What a name means here."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            top, scope = scope, scope.parent
        if name in vars(builtins):
            return None
        torch_star = next((module for module in top.stars if module.partition(".")[0] == "torch"), None)
        return f"{torch_star}.{name}" if torch_star else None

    def meaning(self, node: ast.expr) -> str | None:
        """The dotted name that an expression stands for, where it can be read off."""
        if isinstance(node, ast.Name):
            return self.find(node.id)
        if isinstance(node, ast.Attribute):
            return _joined(self.meaning(node.value), node.attr)
        if isinstance(node, ast.Subscript):
            return _joined(self._namespace(node.value), _text(node.slice))
        if isinstance(node, ast.Call):
            return self._call(node)
        return None

    def _namespace(self, node: ast.expr) -> str | None:
        """The module whose dictionary an expression is."""
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            return self.meaning(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            return self.meaning(node.args[0]) if node.func.id == "vars" else None
        return None

    def _call(self, node: ast.Call) -> str | None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "getattr" and len(node.args) >= 2:
            return _joined(self.meaning(node.args[0]), _text(node.args[1]))
        if called in ("import_module", "__import__") and node.args:
            text = _text(node.args[0])
            return text.partition(".")[0] if text and called == "__import__" else text
        if called in ("get", "pop", "__getitem__", "__getattribute__") and node.args:
            assert isinstance(node.func, ast.Attribute | ast.Name)
            if isinstance(node.func, ast.Attribute):
                return _joined(self._namespace(node.func.value), _text(node.args[0]))
        return None


def _joined(base: str | None, attribute: str | None) -> str | None:
    return f"{base}.{attribute}" if base and attribute else None


def _text(node: ast.expr) -> str | None:
    """A text that an expression of constants makes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
        return None if any(part is None for part in parts) else "".join(part or "" for part in parts)
    return None


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a statement that belong to its own scope: not those inside functions and classes."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef, *_COMPREHENSIONS)):
            continue
        waiting.extend(ast.iter_child_nodes(node))


class _Uses(ast.NodeVisitor):
    """Collects the uses below a node, scope by scope."""

    def __init__(self, scope: _Scope) -> None:
        self.found: Uses = []
        self._scope = scope

    def visit(self, node: ast.AST) -> None:
        """A chain that means something is one use, from its innermost name to its last attribute."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            self._use(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imported(node)
        elif isinstance(node, _FUNCTIONS):
            self._function(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._inside(self._inner(_stored(node)), ast.iter_child_nodes(node))
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, ast.arg):
            pass  # a type in a signature is no use
        elif isinstance(node, ast.AnnAssign):
            for part in (node.target, node.value):
                if part is not None:
                    self.visit(part)
        elif isinstance(node, ast.Attribute) and self._scope.meaning(node) is not None:
            self._deeper(node.value)
        else:
            self.generic_visit(node)

    def _deeper(self, node: ast.expr) -> None:
        """Below a chain: only what stands inside calls and subscripts, not its shorter beginnings."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            self.visit(node)

    def _use(self, node: ast.expr) -> None:
        meaning = self._scope.meaning(node)
        if meaning is not None and len(self.found) < MAX_USES:
            self.found.append([node.lineno, meaning])

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom) and self._scope.parent is None:
            for alias in node.names:  # reached only where the imported name is itself what is graded
                self.found.append([node.lineno, f"{node.module}.{alias.name}"])

    def _inner(self, names: list[str]) -> _Scope:
        scope = _Scope(self._scope, self._scope.stem)
        for name in names:
            scope.bind(name, None)
        return scope

    def _inside(self, scope: _Scope, nodes: Any) -> None:
        outer, self._scope = self._scope, scope
        for node in nodes:
            self.visit(node)
        self._scope = outer

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = node.args
        for part in (*arguments.defaults, *arguments.kw_defaults, *getattr(node, "decorator_list", [])):
            if part is not None:
                self.visit(part)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
        scope = self._inner([one.arg for one in every])
        body: list[ast.stmt] = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
        shared = {name for part in body for each in _own_nodes(part)
                  if isinstance(each, ast.Global | ast.Nonlocal) for name in each.names}  # fmt: skip
        scope.bind_all(body)
        for name in shared:
            scope.names.pop(name, None)
        self._inside(scope, body)

    def _class(self, node: ast.ClassDef) -> None:
        for part in (*node.bases, *(word.value for word in node.keywords), *node.decorator_list):
            self.visit(part)
        self._inside(self._scope, node.body)


def _stored(node: ast.AST) -> list[str]:
    return [
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
