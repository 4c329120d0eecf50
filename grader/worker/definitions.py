"""What is left of a notebook's code with `cells: definitions`: nothing that trains, plots or prints.

Kept are imports, functions, classes and constants, also below `if` and `try`. A constant is made of
literals, names, attributes and operators, and of calls of what is known to be quick; a call of anything else
may be the training of an hour.
"""

from __future__ import annotations

import ast

_BUILTINS = """abs bool bytes complex dict enumerate float frozenset int len list max min range reversed round
set slice sorted str sum tuple type zip"""
_OF_TORCH = "arange device eye finfo iinfo ones tensor zeros cuda.is_available"
_OTHERS = """collections.namedtuple namedtuple functools.partial partial math.exp math.log math.sqrt
pathlib.Path Path typing.TypeVar TypeVar"""
_QUICK = frozenset([*_BUILTINS.split(), *_OTHERS.split(), *(f"torch.{name}" for name in _OF_TORCH.split())])
"""What a constant may call."""
_KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_TypeAlias: type[ast.AST] = getattr(ast, "TypeAlias", ast.Pass)  # from Python 3.12 on


def only_definitions(tree: ast.Module) -> ast.Module:
    """The tree without any other statement, in place."""
    tree.body = _kept(tree.body)
    return tree


def _kept(body: list[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if _is_kept(node)]


def _is_kept(node: ast.stmt) -> bool:
    """Whether a statement defines something; of a block, only what does stays in it."""
    if isinstance(node, (*_KEPT, _TypeAlias)):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return node.value is not None and _is_constant(node.value)
    if isinstance(node, ast.If):
        return _is_constant(node.test) and _has_rest(node)
    if isinstance(node, ast.Try):
        return _has_rest(node)
    return False


def _has_rest(node: ast.If | ast.Try) -> bool:
    """Cut down a block to its definitions; False where it has none."""
    parts: list[ast.If | ast.Try | ast.ExceptHandler] = [node]
    if isinstance(node, ast.Try):
        parts += node.handlers
    kept = []
    for part in parts:
        part.body = _kept(part.body) or [ast.copy_location(ast.Pass(), node)]
        kept += part.body
    node.orelse = _kept(node.orelse)
    if isinstance(node, ast.Try):
        node.finalbody = _kept(node.finalbody)
        kept += node.finalbody
    return any(not isinstance(one, ast.Pass) for one in [*kept, *node.orelse])


def _is_constant(value: ast.expr) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(node, ast.Call) and ast.unparse(node.func) not in _QUICK:
            return False
    return True
