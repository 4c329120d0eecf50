"""Moodle's download of submissions: a folder per student, or flat files with the same beginning.

`<full name>_<participant id>_assignsubmission_file[_...]`; underscores in names have become spaces; teams
have `<group>_<group id>`, blind marking `Participant_<id>`; typed-in texts end in `_onlinetext`.
(Moodle, `mod/assign/classes/downloader.php`.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from grader.batch.contents import Named
from grader.batch.nodes import Kind, Node, Unreadable
from grader.batch.sources.base import (
    Claim,
    Found,
    HandIn,
    Source,
    Wanted,
    ignore,
    person_name,
    submission_time,
)
from grader.batch.sources.folders import no_student
from grader.model.runs import Ignored

_ENTRY = re.compile(
    r"(?P<name>.*)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)


def matches(_folder: Node, children: Sequence[Node], _wanted: Wanted) -> bool:
    """Anything is named as Moodle names it."""
    return any(_ENTRY.fullmatch(node.name) for node in children)


def read(folder: Node, _wanted: Wanted) -> Found:
    """A hand-in for each participant or team."""
    ignored: list[Ignored] = []
    by_id: dict[tuple[str, str], list[Named]] = defaultdict(list)
    where: dict[tuple[str, str], Node] = {}
    for node in folder.children():
        entry = _ENTRY.fullmatch(node.name)
        if entry is None:
            said = no_student(node) or "is not named as Moodle names a submission"
            ignored.append(ignore(node, said))
        elif entry["plugin"] != "file":
            ignored.append(ignore(node, f"is a submission of the kind {entry['plugin']!r}, not files"))
        else:
            whose = entry["name"], entry["id"]
            where.setdefault(whose, node)
            flat = [Named(name=entry["file"] or node.name, node=node)]
            by_id[whose] += _inside(node) if node.is_folder else flat
    hand_ins = tuple(_hand_in(where[whose], *whose, parts) for whose, parts in by_id.items())
    return Found(hand_ins=hand_ins, ignored=tuple(ignored))


def _inside(node: Node) -> list[Named]:
    try:
        return [Named(name=inner.name, node=inner) for inner in node.children()]
    except Unreadable:
        return [Named(name=node.name, node=node)]  # which is told when it is read


def _hand_in(node: Node, name: str, number: str, parts: Sequence[Named]) -> HandIn:
    times = [part.node.modified for part in parts if part.node.modified and part.node.kind is Kind.FILE]
    at, source = submission_time(None, max(times, default=None))
    blind = name.casefold() == "participant"
    return HandIn(
        claims=(Claim(name=f"Participant {number}" if blind else person_name(name), ids={"moodle": number}),),
        parts=tuple(parts),
        shown=node.shown,
        stands_in=len(parts) == 1,
        submitted_at=at,
        time_source=source,
        origin="moodle",
        prefix=f"{name}_{number}_assignsubmission_file_",
    )


MOODLE = Source(name="moodle", title="Moodle download", matches=matches, read=read)
