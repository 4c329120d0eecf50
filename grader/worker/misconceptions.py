"""Known wrong versions of a reference: declared with a decorator, planted into a fresh copy.

The name is rebound directly after its definition, so that callers, subclasses, tables and default
arguments of the rest of the file see the wrong version as they would in a student's file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from grader.model.names import NOTEBOOK, in_either_form
from grader.worker.loader import CannotLoad, HandIns

T = TypeVar("T")
_MARK = "__misconception__"
_REPLACEMENT = "__grader_replacement__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconception:
    """One known wrong version: what it replaces, and what is wrong, in one sentence to the student."""

    label: str
    """The name under which `misconceptions.py` defines it."""
    name: str
    sentence: str
    file: str | None = None
    """The hand-in file that it replaces a name of; the assignment's first one where None."""


def misconception(name: str, sentence: str, *, file: str | None = None) -> Callable[[T], T]:
    """Declare a function or class to be a known wrong version of `name` in the reference."""

    def mark(wrong: T) -> T:
        label = str(getattr(wrong, "__name__", name))
        setattr(wrong, _MARK, Misconception(label=label, name=name, sentence=sentence, file=file))
        return wrong

    return mark


def declared(module: ModuleType) -> dict[str, tuple[Misconception, Any]]:
    """The misconceptions of a module by label, in their order."""
    marked = {}
    for value in vars(module).values():
        mark = getattr(value, "__dict__", {}).get(_MARK)  # not inherited from a marked base class
        if isinstance(mark, Misconception):
            marked[mark.label] = (mark, value)
    return marked


def plant(hand_ins: HandIns, file: str, name: str, wrong: Any) -> ModuleType:
    """Import a fresh copy of a reference file in which `name` is `wrong`. Raises CannotLoad."""

    def rebind(source: str, shown: str) -> ast.Module:
        tree = ast.parse(source, shown)
        body = [line for node in tree.body for line in (node, *_rebinding(node, name))]
        if len(body) == len(tree.body):
            raise CannotLoad(f"a misconception replaces `{name}`, which {file} does not define")
        tree.body = body
        return ast.fix_missing_locations(tree)

    form = in_either_form(file, hand_ins.files) or file
    if form.endswith(NOTEBOOK):
        raise CannotLoad(f"misconceptions need the reference {file} as a .py file")
    hand_ins.transform(form, rebind, {_REPLACEMENT: wrong})
    hand_ins.forget()
    return hand_ins.load(file)


def _rebinding(node: ast.stmt, name: str) -> list[ast.stmt]:
    defined = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    assigned = any(isinstance(target, ast.Name) and target.id == name for target in targets)
    if not (defined or assigned):
        return []
    return ast.parse(f"{name} = {_REPLACEMENT}").body
