"""What a probe may reach, checked at collection: it travels by value to a process without the test file."""

from __future__ import annotations

import ast
import dis
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import torch

from grader.judge.probe_files import NAME as PROBES

_PLAIN = (type(None), bool, int, float, complex, str, bytes, range)
_READS = ("LOAD_GLOBAL", "LOAD_NAME")


def probe_problems(module: ModuleType) -> list[str]:
    """Every rule that a probe of this test file breaks, with file and line."""
    probes = [value for value in vars(module).values() if _is_probe(value, module)]
    asserts = [problem for probe in probes for problem in _asserts(probe, module)]
    return asserts + [problem for probe in probes for problem in _reaches(probe, module, set())]


def _is_probe(value: Any, module: ModuleType) -> bool:
    if not isinstance(value, FunctionType) or value.__module__ != module.__name__:
        return False
    names = value.__code__.co_varnames[: value.__code__.co_argcount]
    return names[:1] == ("submission",)


def _where(module: ModuleType, line: int) -> str:
    return f"{Path(str(module.__file__)).name}:{line}"


def _asserts(probe: FunctionType, module: ModuleType) -> Iterator[str]:
    first = probe.__code__.co_firstlineno
    tree = ast.parse(inspect.cleandoc("\n" + "".join(inspect.getsourcelines(probe)[0])))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            line = first + node.lineno - 1
            yield (
                f"{_where(module, line)}: the probe {probe.__name__} has an assert; "
                "return the facts instead, and assert in the test"
            )


def _reaches(function: FunctionType, module: ModuleType, seen: set[int]) -> Iterator[str]:
    if id(function) in seen:
        return
    seen.add(id(function))
    for name in sorted(set(_names(function.__code__))):
        if name in function.__globals__ and not name.startswith("@"):
            yield from _reach(name, function.__globals__[name], function, module, seen)


def _reach(
    name: str, value: Any, function: FunctionType, module: ModuleType, seen: set[int]
) -> Iterator[str]:
    home = getattr(value, "__module__", None)
    if isinstance(value, tuple | list | set | frozenset | dict) and not _is_plain(value):
        for item in value.values() if isinstance(value, dict) else value:  # a table of functions, say
            yield from _reach(name, item, function, module, seen)
    elif isinstance(value, FunctionType) and home in (module.__name__, PROBES):
        yield from _reaches(value, module, seen)
    elif isinstance(value, ModuleType):
        if not _is_installed(value):
            yield _problem(function, module, name, f"the module {value.__name__}, which is not installed")
    elif isinstance(value, type) or callable(value):
        if home not in (module.__name__, PROBES) and not _is_installed(sys.modules.get(str(home))):
            yield _problem(function, module, name, f"something of {home}, which is not installed")
    elif not _is_plain(value):
        yield _problem(
            function, module, name, f"a {type(value).__name__} at module level; pass it as an argument"
        )


def _problem(function: FunctionType, module: ModuleType, name: str, what: str) -> str:
    where = _where(module, function.__code__.co_firstlineno)
    return f"{where}: the probe {function.__name__} uses `{name}`: {what}"


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for pair in value.items() for item in pair)
    return isinstance(value, _PLAIN) or type(value) in (torch.dtype, torch.device)


def _is_installed(module: ModuleType | None) -> bool:
    if module is None:
        return False
    origin = getattr(module, "__file__", None)
    if origin is None or module.__name__.split(".")[0] == "grader":
        return True
    return any(part in ("site-packages", "dist-packages") for part in Path(origin).parts) or _is_standard(
        module
    )


def _is_standard(module: ModuleType) -> bool:
    return module.__name__.split(".")[0] in sys.stdlib_module_names


def _names(code: CodeType) -> Iterator[str]:
    """The globals that code reads; names of attributes are none."""
    yield from (str(step.argval) for step in dis.get_instructions(code) if step.opname in _READS)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
