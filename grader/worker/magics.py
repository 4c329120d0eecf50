"""A cell's text as plain Python: what only IPython understands is dropped, told, and never run.

Magics (`%`, `%%`), shell lines (`!`) and questions (`?`) count where a statement may begin, so that a `%`
that continues an expression, or stands in a text, is left alone. Lines keep their numbers.

    >>> plain_python("!pip install torch\\nx = 7 % 4")
    Plain(source='pass\\nx = 7 % 4', dropped=((1, '!pip install torch'),))
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_RUNS_PYTHON = frozenset({"time", "capture", "prun"})
"""Magics whose argument, or whose cell, is Python that leaves its names behind: only the magic is dropped."""
_BEGINS = re.compile(r"[ \t]*(?:%|!|\?)")
_ASSIGNS = re.compile(r"[ \t]*[\w.,\[\] \t*]+=[ \t]*[%!](?!=)")
_ASKS = re.compile(r"[ \t]*[\w.*]+\?{1,2}[ \t]*$")
_LINE_MAGIC = re.compile(r"(?P<indent>[ \t]*)%(?P<name>\w+)[ \t]+(?P<code>[^-\s].*)", re.DOTALL)
_LINE = re.compile(r"(?:[^\\\n]|\\.)*\n?", re.DOTALL)
"""A line, with those that backslashes join to it."""
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w*)")
_TOKEN = re.compile(
    r"""(?P<text>(?:'''(?:\\.|[^\\])*?(?:'''|\Z))|(?:\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z))
        |'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?)
      |(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<joined>\\\n)|(?P<end>\n)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Plain:
    """What is left of a cell."""

    source: str
    dropped: tuple[tuple[int, str], ...] = ()
    """The line and the text of everything that was dropped."""


def plain_python(text: str) -> Plain:
    """A cell without what only IPython understands. Raises nothing: what is no Python stays as it is."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    magic = _CELL_MAGIC.match(text)
    if magic:
        first = text.count("\n", 0, magic.start("name")) + 1
        lines = text.split("\n")
        told = ((first, lines[first - 1].strip()),)
        if magic["name"] not in _RUNS_PYTHON:
            return Plain(source="", dropped=told)
        rest = plain_python("\n".join(["", *lines[first:]]))
        blank = "\n" * (first - 1)
        more = tuple((number + first - 1, line) for number, line in rest.dropped)
        return Plain(source=blank + rest.source, dropped=told + more)
    return Plain(source=text) if _is_python(text) else _without_lines(text)


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in it is said when the cell is compiled
            ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _without_lines(text: str) -> Plain:
    kept: list[str] = []
    dropped: list[tuple[int, str]] = []
    number = 1
    for statement in _statements(text):
        if _is_magic(statement):
            dropped.append((number, " ".join(statement.replace("\\\n", " ").split())))
            statement = _in_its_place(statement)
        kept.append(statement)
        number += statement.count("\n")
    return Plain(source="".join(kept), dropped=tuple(dropped))


def _is_magic(statement: str) -> bool:
    return any(pattern.match(statement) for pattern in (_BEGINS, _ASSIGNS, _ASKS))


def _in_its_place(statement: str) -> str:
    """As many lines: the Python that a magic was given, or `pass`, so that a block keeps a body."""
    given = _LINE_MAGIC.match(statement)
    if given and given["name"] in _RUNS_PYTHON:
        return given["indent"] + given["code"]
    indent = statement[: len(statement) - len(statement.lstrip(" \t"))]
    return indent + "pass" + "\n" * statement.count("\n")


def _statements(text: str) -> Iterator[str]:
    """The text cut where a line ends a statement: not in brackets, in a string, or after a backslash.

    What a magic's line holds is no Python: brackets and quotes mean nothing in it.
    """
    begin = position = depth = 0
    while begin < len(text):
        line = _LINE.match(text, begin) if position == begin else None
        if line is not None and _is_magic(line[0]):
            yield line[0]
            begin = position = line.end()
            continue
        token = _TOKEN.search(text, position)
        if token is None:
            yield text[begin:]
            return
        position = token.end()
        depth = max(0, depth + (token.lastgroup == "open") - (token.lastgroup == "close"))
        if token.lastgroup == "end" and not depth:
            yield text[begin:position]
            begin = position
