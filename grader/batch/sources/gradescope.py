"""Gradescope's export of submissions: `submission_<id>/` folders and `submission_metadata.yml`.

The metadata is YAML as Ruby writes it, keys like `:submitters`. No official page describes it, so everything
in it is optional here but the folder's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import yaml

from grader.batch.nodes import Node, Unreadable
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
from grader.model.errors import UsageError
from grader.model.runs import Ignored

METADATA = "submission_metadata.yml"
MAX_METADATA_BYTES = 64 * 1024 * 1024
_FOLDER = re.compile(r"submission_(\d+)")


def matches(_folder: Node, children: Sequence[Node], _wanted: Wanted) -> bool:
    """The metadata file is there, or nothing but folders as Gradescope names them."""
    visible = [node for node in children if not node.name.startswith(".")]
    numbered = [node for node in visible if node.is_folder and _FOLDER.fullmatch(node.name)]
    return bool(numbered) and (
        len(numbered) == len(visible) or any(node.name == METADATA for node in visible)
    )


def read(folder: Node, _wanted: Wanted) -> Found:
    """A hand-in for each folder; submitters of one folder are a group. Raises UsageError for bad metadata."""
    children = folder.children()
    metadata = _metadata(children)
    hand_ins: list[HandIn] = []
    ignored: list[Ignored] = []
    for node in children:
        if node.is_folder and _FOLDER.fullmatch(node.name):
            hand_ins.append(_hand_in(node, metadata.get(node.name)))
        elif node.name != METADATA:
            ignored.append(ignore(node, no_student(node) or "is no folder of Gradescope's"))
    here = {node.name for node in children}
    ignored += [
        Ignored(path=f"{folder.shown}/{name}", reason=f"stands in {METADATA}, and has no folder")
        for name in metadata
        if name not in here
    ]
    notes = () if metadata else (f"there is no {METADATA}, so that nobody's name is known",)
    return Found(hand_ins=tuple(hand_ins), ignored=tuple(ignored), notes=notes)


class _Loader(yaml.SafeLoader):
    """Takes Ruby's tagged objects for plain values."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # the third and last kind of node


_Loader.add_multi_constructor("!", _plain)


def _metadata(children: Sequence[Node]) -> dict[str, dict[str, Any]]:
    node = next((node for node in children if node.name == METADATA), None)
    if node is None:
        return {}
    try:
        data = yaml.load(node.read(MAX_METADATA_BYTES), Loader=_Loader)
    except Unreadable as error:
        raise UsageError(f"{node.shown}: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{node.shown} cannot be read as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(data, dict):
        raise UsageError(f"{node.shown} is not a mapping of submission folders, as Gradescope writes it.")
    return {str(name): _keyed(entry) for name, entry in data.items() if isinstance(entry, dict)}


def _keyed(entry: dict[Any, Any]) -> dict[str, Any]:
    return {str(key).removeprefix(":"): value for key, value in entry.items()}


def _hand_in(node: Node, entry: dict[str, Any] | None) -> HandIn:
    number = node.name.removeprefix("submission_")
    submitters = (entry or {}).get("submitters")
    people = (
        [_keyed(one) for one in submitters if isinstance(one, dict)] if isinstance(submitters, list) else []
    )
    claims = tuple(_claim(one) for one in people) or (
        Claim(name=f"submission {number}", ids={"gradescope": number}),
    )
    at, source = submission_time(_time((entry or {}).get("created_at")), node.modified)
    return HandIn(
        claims=claims,
        group=", ".join(claim.name for claim in claims) if len(claims) > 1 else "",
        folder=node,
        shown=node.shown,
        order=int(number),
        submitted_at=at,
        time_source=source,
        origin="gradescope",
        prefix=node.name,
    )


def _claim(one: dict[str, Any]) -> Claim:
    ids = {kind: str(one[key]).strip() for key, kind in (("sid", "sid"), ("email", "email")) if one.get(key)}
    return Claim(name=person_name(str(one.get("name") or one.get("email") or "unnamed")), ids=ids)


def _time(value: Any) -> datetime | None:
    """UTC where the text has no zone, as Gradescope writes it."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


GRADESCOPE = Source(name="gradescope", title="Gradescope export", matches=matches, read=read)
