"""Mutants of a reference, by Cosmic Ray's operators: each one program with one small change."""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from grader.model.course import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed reference."""

    task: str
    file: str
    operator: str
    removed: str
    """The lines that the change took away, without their indentation."""
    added: str
    text: str


def mutants_of(assignment: Assignment, files: Mapping[str, str]) -> dict[str, list[Mutant]]:
    """By task, everything that the operators make of it; no two are the same program.

    What stands outside of every task is left out, and so are changes of annotations and docstrings alone:
    they run as the reference does.
    """
    found: dict[str, list[Mutant]] = {task: [] for task in assignment.tasks}
    seen = {_program(text) for text in files.values()}
    for file, text in files.items():
        owners = _owners(assignment, file, text)
        for operator, changed in _changed(text):
            program = _program(changed)
            removed, added, line = _difference(text, changed)
            if program and program not in seen and (task := owners.get(line)):
                seen.add(program)
                found[task].append(
                    Mutant(
                        task=task, file=file, operator=operator, removed=removed, added=added, text=changed
                    )
                )
    return found


def sample(found: Mapping[str, list[Mutant]], each: int, seed: int) -> list[Mutant]:
    """At most so many of every task, drawn."""
    source = random.Random(seed)
    return [one for mutants in found.values() for one in source.sample(mutants, min(each, len(mutants)))]


def _changed(text: str) -> Iterator[tuple[str, str]]:
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():  # needs names of variables, which differ from function to function
            continue
        occurrence = 0
        while (changed := mutate_code(text, kind(), occurrence)) is not None:
            yield name.partition("/")[2], changed
            occurrence += 1


def _program(text: str) -> str:
    """What runs: the syntax tree without annotations and docstrings; empty where it is no program."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    return ast.dump(_Bare().visit(tree))


class _Bare(ast.NodeTransformer):
    """Takes away what does not run."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)


def _difference(before: str, after: str) -> tuple[str, str, int]:
    """Lines taken away, lines put in, and the number of the first line that differs."""
    old, new = before.splitlines(), after.splitlines()
    changes = [
        one
        for one in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if one[0] != "equal"
    ]
    if not changes:
        return "", "", 0
    _, start, end, put, until = changes[0]
    removed, added = ("\n".join(line.strip() for line in lines) for lines in (old[start:end], new[put:until]))
    return removed, added, start + 1


def _owners(assignment: Assignment, file: str, text: str) -> dict[int, str]:
    """The task of each line: that of the definition it stands in, or that which uses the definition."""
    definitions = {
        node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    tasks = {
        name: task
        for task in assignment.tasks
        if assignment.file_of(task) == file
        for name in assignment.names_of(task)
    }
    uses = {name: _names_in(node) & definitions.keys() - {name} for name, node in definitions.items()}
    for _ in definitions:  # a helper may be used by another helper
        for name, used in uses.items():
            for other in used:
                if name in tasks:
                    tasks.setdefault(other, tasks[name])
    return {
        line: tasks[name]
        for name, node in definitions.items()
        if name in tasks
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
