"""nbgrader's tree: `submitted/<student>/<assignment>/`, with the time in `timestamp.txt`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timezone
from zoneinfo import ZoneInfo

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

SUBMITTED = "submitted"
TIMESTAMP = "timestamp.txt"
MAX_STAMP_BYTES = 1024


def matches(folder: Node, children: Sequence[Node], wanted: Wanted) -> bool:
    """A course with `submitted`, that folder, or most students' folders with one of the assignment."""
    if any(node.name == SUBMITTED and node.is_folder for node in children):
        return True
    students = [node for node in children if node.is_folder and not node.name.startswith(".")]
    inner = [each for node in students if (each := _inside(node, wanted.assignment)) is not None]
    if folder.name == SUBMITTED:
        return bool(inner)
    return 2 * sum(_has_stamp(each) for each in inner) > len(students)


def read(folder: Node, wanted: Wanted) -> Found:
    """A hand-in for each student who has a folder of the assignment."""
    children = folder.children()
    top = next((node for node in children if node.name == SUBMITTED and node.is_folder), folder)
    hand_ins: list[HandIn] = []
    ignored: list[Ignored] = []
    if top is not folder:
        ignored += [ignore(node, f"is not {SUBMITTED}/") for node in children if node is not top]
        children = top.children()
    for node in children:
        inner = _inside(node, wanted.assignment) if node.is_folder else None
        if inner is not None:
            hand_ins.append(_hand_in(node, inner))
        else:
            said = no_student(node) or f"has no folder {wanted.assignment}"
            ignored.append(ignore(node, said))
    return Found(hand_ins=tuple(hand_ins), ignored=tuple(ignored))


def _inside(student: Node, assignment: str) -> Node | None:
    try:
        children = student.children()
    except Unreadable:
        return None
    return next((node for node in children if node.name == assignment and node.is_folder), None)


def _has_stamp(folder: Node) -> bool:
    try:
        return any(node.name == TIMESTAMP for node in folder.children())
    except Unreadable:
        return False


def _hand_in(student: Node, folder: Node) -> HandIn:
    at, source = submission_time(_stamp(folder), folder.modified)
    name = person_name(student.name)
    return HandIn(
        claims=(Claim(name=name, ids={"any": name}),),
        folder=folder,
        shown=folder.shown,
        submitted_at=at,
        time_source=source,
        origin="nbgrader",
        prefix=student.name,
    )


def _stamp(folder: Node) -> datetime | None:
    try:
        nodes = [node for node in folder.children() if node.name == TIMESTAMP and node.kind is Kind.FILE]
        text = nodes[0].read(MAX_STAMP_BYTES).decode() if nodes else ""
    except (Unreadable, UnicodeDecodeError):
        return None
    return parse_stamp(text)


def parse_stamp(text: str) -> datetime | None:
    """`2026-02-03 15:58:23.948203 America/New_York`, an offset or `UTC` in place of the zone, or no zone."""
    words = text.strip().split()
    zone: ZoneInfo | timezone | None = None
    if len(words) > 1 and not words[-1][:1].isdigit() and words[-1][:1] not in "+-":
        try:
            zone = UTC if words[-1] in ("UTC", "Z", "GMT") else ZoneInfo(words[-1])
        except (ValueError, OSError, KeyError):
            return None
        words = words[:-1]
    elif len(words) == 3:  # an offset apart from the time
        words = [words[0], words[1] + words[2]]
    try:
        at = datetime.fromisoformat("T".join(words))
    except ValueError:
        return None
    return at.replace(tzinfo=zone) if zone is not None and at.tzinfo is None else at


NBGRADER = Source(name="nbgrader", title="nbgrader tree", matches=matches, read=read)
