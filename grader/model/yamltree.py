"""YAML as plain data together with the line of every key and value.

pydantic says which key is wrong, people need the line: so the node graph is walked once, and both
the data and the lines are kept. Duplicate keys, which YAML loaders accept in silence, are reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: the line (0 where there is none), the key's path, and a sentence."""

    line: int
    path: Path
    text: str

    def shown(self, name: str) -> str:
        """`autograder.yml:12: assignments.a1.files: what is wrong`."""
        where = f"{name}:{self.line}: " if self.line else f"{name}: "
        return where + (f"{dotted(self.path)}: " if self.path else "") + self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlTree:
    """Plain data, the line of every key's path, and what was wrong already in the tree."""

    data: Any
    lines: dict[Path, int]
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def dotted(path: Path) -> str:
    """`assignments.a1.files[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_yaml(text: str) -> YamlTree:
    """The tree of a YAML document; syntax errors become its only problem."""
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        said = f"not valid YAML: the character U+{ord(text[error.position]):04X} is not allowed"
        return YamlTree(data=None, lines={}, problems=(Problem(line=line, path=(), text=said),))
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlTree(data=None, lines={(): 1})
        walk = _Walk(loader)
        data = walk.value(node, ())
    except yaml.YAMLError as error:
        return YamlTree(data=None, lines={}, problems=(_syntax(error),))
    finally:
        loader.dispose()
    return YamlTree(data=data, lines=walk.lines, problems=tuple(walk.problems))


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return Problem(line=mark.line + 1 if mark else 0, path=(), text=f"not valid YAML: {said}")


@dataclass(slots=True)
class _Walk:
    loader: yaml.SafeLoader
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open_nodes: list[yaml.Node] = field(default_factory=list)

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if any(node is outer for outer in self.open_nodes):
            self._complain(node, path, "contains itself through an alias")
            return None
        self.open_nodes.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return dict(self._items(node, path))
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self.open_nodes.pop()

    def _items(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        first_lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name != "<<" and name in first_lines:
                said = f"the key stands twice, first in line {first_lines[name]}"
                self.problems.append(Problem(line=line, path=(*path, name), text=said))
            first_lines.setdefault(name, line)
        self.loader.flatten_mapping(node)
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, path, "a key must be a word, not a list or a mapping")
                continue
            where = (*path, str(key.value))
            self.lines[where] = key.start_mark.line + 1
            yield str(key.value), self.value(item, where)

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        try:
            found = self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._complain(node, path, f"cannot be read: {getattr(error, 'problem', None) or error}")
            return None
        if isinstance(found, date):  # a datetime too
            return found.isoformat()
        return found if isinstance(found, str | bool | int | float | None) else str(node.value)

    def _complain(self, node: yaml.Node, path: Path, text: str) -> None:
        self.problems.append(Problem(line=node.start_mark.line + 1, path=path, text=text))
