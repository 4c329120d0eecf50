"""A submission's hand-in files as bytes, wherever they lie: on top, in a folder, in archives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.batch.archives.limits import STUDENT, ArchiveLimits, Budget
from grader.batch.archives.opening import is_archive, is_foreign_archive, open_inner
from grader.batch.archives.tree import Member
from grader.batch.names import readable
from grader.batch.nodes import Node, Unreadable
from grader.model.names import forms, most_bytes

MAX_LISTED = 50
MAX_FOLDER_DEPTH = 4
CLUTTER = frozenset({"__pycache__", "__MACOSX"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file or folder under the name that its student gave it; a download may have lengthened that."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The hand-in files, and the names of what else lies there."""

    files: dict[str, bytes]
    found: tuple[str, ...] = ()
    modified: datetime | None = None
    """The latest time of what the hand-ins were read from; of an archive its own, not what it says inside."""


def named(nodes: Sequence[Node]) -> tuple[Named, ...]:
    """Nodes under their own names."""
    return tuple(Named(name=node.name, node=node) for node in nodes)


def stand_in(one: Named, hand_ins: Sequence[str]) -> Contents:
    """A single file that stands for the first hand-in, whatever its name. Raises Unreadable."""
    _check(one.node, Budget(STUDENT))
    name = hand_ins[0].rpartition(".")[0] + one.node.suffix
    return Contents(files={name: one.node.read(most_bytes(name))}, modified=one.node.modified)


def contents(
    parts: Sequence[Named],
    hand_ins: Sequence[str],
    limits: ArchiveLimits = STUDENT,
    starters: Mapping[str, bytes] | None = None,
) -> Contents:
    """The hand-in files among the parts of a submission, in a folder of it, or in archives.

    What lies on top counts; archives are opened only where it leaves something out. Of a module and a
    notebook of one name the first counts that is not the starter as it was given out. Raises Unreadable,
    for the whole submission, where an archive is unsafe, damaged, encrypted or over a limit.
    """
    budget = Budget(limits)
    for part in parts:
        _check(part.node, budget)
    search = _Search(hand_ins, budget, starters or {})
    files = search.files(parts, depth=0)
    taken = frozenset(files)
    foreign = [part.name for part in parts if is_foreign_archive(part.name)]
    if not files and foreign:
        raise Unreadable(f"{foreign[0]} is an archive of a kind that is not opened; .zip and .tar are")
    listed = [*_others(parts, taken), *search.listed]
    return Contents(
        files=files,
        found=tuple(readable(name) for name in sorted(listed)[:MAX_LISTED]),
        modified=max(search.times, default=None),
    )


class _Search:
    def __init__(self, hand_ins: Sequence[str], budget: Budget, starters: Mapping[str, bytes]) -> None:
        self._hand_ins = hand_ins
        self._starters = starters
        self._budget = budget
        self.listed: list[str] = []
        """Names in archives that are no hand-ins."""
        self.times: list[datetime] = []

    def files(self, parts: Sequence[Named], depth: int) -> dict[str, bytes]:
        """Hand-ins on top, then those that archives add, then those of the one folder that has some."""
        found = self._on_top(parts, depth)
        if self._lacks(found):
            found |= self._in_archives(parts, found, depth)
        if not found:
            inner = self._folder(parts)
            found = self.files(inner, depth) if inner else {}
        return found

    def _on_top(self, parts: Sequence[Named], depth: int) -> dict[str, bytes]:
        by_name = {part.name: part.node for part in parts}
        files = {}
        for hand_in in self._hand_ins:
            there = {form: by_name[form].read(most_bytes(form)) for form in forms(hand_in) if form in by_name}
            if there:
                begun = [form for form, data in there.items() if data != self._starters.get(form)]
                form = (begun or list(there))[0]
                files[form] = there[form]
                self._read_from(by_name[form], depth)
        return files

    def _read_from(self, node: Node, depth: int) -> None:
        if depth == 0 and node.modified is not None:
            self.times.append(node.modified)

    def _lacks(self, found: dict[str, bytes]) -> bool:
        return any(not any(form in found for form in forms(hand_in)) for hand_in in self._hand_ins)

    def _in_archives(self, parts: Sequence[Named], have: dict[str, bytes], depth: int) -> dict[str, bytes]:
        stems = {name.rpartition(".")[0] for name in have}
        sources: dict[str, str] = {}
        added: dict[str, bytes] = {}
        for part in parts:
            if not is_archive(part.name) or part.node.is_folder or _is_clutter(part.name):
                continue
            opened = self._opened(part, depth)
            if opened:
                self._read_from(part.node, depth)
            for name, data in opened.items():
                stem = name.rpartition(".")[0]
                if stem in sources:
                    both = f"{readable(sources[stem])} and {readable(part.name)}"
                    raise Unreadable(f"both {both} hold {stem}; which is meant cannot be told")
                if stem not in stems:
                    sources[stem], added[name] = part.name, data
        return added

    def _opened(self, part: Named, depth: int) -> dict[str, bytes]:
        if depth >= self._budget.limits.depth:
            raise Unreadable(f"archives lie in archives, more than {self._budget.limits.depth} deep")
        try:
            tree = open_inner(part.node, self._budget)
            tree.check(self._budget)
            inside = named(tree.children())
            files = self.files(inside, depth + 1)
        except Unreadable as error:
            raise Unreadable(f"{readable(part.name)}: {error}") from error
        self.listed += [f"{part.name}/{name}" for name in _others(inside, frozenset(files))]
        return files

    def _folder(self, parts: Sequence[Named]) -> tuple[Named, ...]:
        """What the only folder holds, on the highest level that has any, in which a hand-in lies."""
        level = [part.node for part in parts if part.node.is_folder and not _is_clutter(part.name)]
        wanted = {form for hand_in in self._hand_ins for form in forms(hand_in)}
        for _ in range(MAX_FOLDER_DEPTH):
            inside = [_children(folder) for folder in level[:MAX_LISTED]]
            fits = [nodes for nodes in inside if any(_may_hold(node, wanted) for node in nodes)]
            if fits:
                return named(fits[0]) if len(fits) == 1 else ()
            level = [
                node for nodes in inside for node in nodes if node.is_folder and not _is_clutter(node.name)
            ]
        return ()


def _may_hold(node: Node, wanted: set[str]) -> bool:
    return node.name in wanted or (isinstance(node, Member) and not node.is_folder and is_archive(node.name))


def _check(node: Node, budget: Budget) -> None:
    if isinstance(node, Member):
        node.check(budget)


def _is_clutter(name: str) -> bool:
    return name in CLUTTER or name.startswith(".")


def _children(folder: Node) -> list[Node]:
    try:
        return folder.children()
    except Unreadable:
        return []


def _others(parts: Sequence[Named], taken: frozenset[str]) -> list[str]:
    """Names of other files, one folder deep: enough to say what was found instead."""
    return [name for part in sorted(parts, key=lambda part: part.name) for name in _names(part, taken)][
        :MAX_LISTED
    ]


def _names(part: Named, taken: frozenset[str]) -> Iterator[str]:
    if part.name in taken or _is_clutter(part.name):
        return
    inner = _children(part.node) if part.node.is_folder else []
    if inner:
        yield from (f"{part.name}/{below.name}" for below in inner)
    else:
        yield part.name
