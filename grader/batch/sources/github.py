"""Clones of GitHub Classroom's repositories: `<assignment>-<login>/` with `.git` inside.

Commit times are the student's to choose, and reading a foreign repository's objects with git runs what its
configuration says; so the time comes from Classroom's own table of grades, where it lies beside the clones.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from os.path import commonprefix

from grader.batch.nodes import Node, Unreadable
from grader.batch.sources.base import Claim, Found, HandIn, Source, Wanted, ignore, submission_time
from grader.batch.sources.folders import no_student
from grader.model.runs import Ignored

MAX_TABLE_BYTES = 16 * 1024 * 1024
_REPOSITORY = "student_repository_name"


def matches(_folder: Node, children: Sequence[Node], _wanted: Wanted) -> bool:
    """Most of the folders are repositories: a student, too, may hand in one."""
    folders = [node for node in children if node.is_folder and not node.name.startswith(".")]
    clones = [node for node in folders if _is_clone(node)]
    return 2 * len(clones) > len(folders)


def _is_clone(node: Node) -> bool:
    if not node.is_folder:
        return False
    try:
        return any(inner.name == ".git" for inner in node.children())
    except Unreadable:
        return False


def read(folder: Node, wanted: Wanted) -> Found:
    """A hand-in for each clone."""
    children = folder.children()
    clones = [node for node in children if _is_clone(node)]
    table = _table(children)
    prefix = _prefix([node.name for node in clones], wanted.assignment)
    ignored: list[Ignored] = []
    for node in children:
        if node not in clones:
            ignored.append(ignore(node, no_student(node) or "is no clone of a repository"))
    hand_ins = tuple(_hand_in(node, prefix, table.get(node.name, {})) for node in clones)
    notes = (
        () if table else ("there is no table of Classroom's beside them, so that times are the files' own",)
    )
    return Found(hand_ins=hand_ins, ignored=tuple(ignored), notes=notes)


def _prefix(names: Sequence[str], assignment: str) -> str:
    for start in (assignment, assignment.replace("_", "-")):
        if names and all(name.lower().startswith(f"{start.lower()}-") for name in names):
            return names[0][: len(start) + 1]
    if len(names) > 1:
        common = commonprefix(list(names))  # noqa: RUF071 - of characters, as these names are no paths
        return common[: common.rfind("-") + 1]
    return ""


def _table(children: Sequence[Node]) -> dict[str, dict[str, str]]:
    """Rows of Classroom's grades, by repository."""
    rows: dict[str, dict[str, str]] = {}
    for node in children:
        if node.suffix != ".csv":
            continue
        try:
            text = node.read(MAX_TABLE_BYTES).decode("utf-8-sig")
            listed = list(csv.DictReader(io.StringIO(text, newline="")))
        except (Unreadable, UnicodeDecodeError, csv.Error):
            continue
        for row in listed:
            if row.get(_REPOSITORY):
                rows[row[_REPOSITORY]] = {key: value for key, value in row.items() if key and value}
    return rows


def _hand_in(node: Node, prefix: str, row: Mapping[str, str]) -> HandIn:
    login = row.get("github_username") or node.name.removeprefix(prefix) or node.name
    listed = row.get("roster_identifier", "")
    ids = {"github": login} | ({"any": listed} if listed else {})
    at, source = submission_time(_time(row.get("submission_timestamp", "")), node.modified)
    return HandIn(
        claims=(Claim(name=listed or login, ids=ids),),
        folder=node,
        shown=node.shown,
        submitted_at=at,
        time_source=source,
        origin="github",
        prefix=node.name,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None


GITHUB = Source(name="github", title="GitHub Classroom clones", matches=matches, read=read)
