"""What an autograder of Gradescope's is given: `submission/` beside `submission_metadata.json`.

The metadata tells whose it is, when it came and when it was due for this student, an extension included.
(gradescope-autograders.readthedocs.io, "Submission Metadata")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grader.batch.nodes import Node, Unreadable
from grader.batch.sources.base import Claim, Found, HandIn, Source, TimeSource, Wanted, ignore, person_name
from grader.model.circumstances import Circumstances
from grader.model.errors import UsageError

METADATA = "submission_metadata.json"
_SUBMISSION = "submission"
_MAX_BYTES = 64 * 1024 * 1024  # earlier results are in it


def matches(_folder: Node, children: Sequence[Node], _wanted: Wanted) -> bool:
    """Both stand there."""
    names = {node.name: node.is_folder for node in children}
    return names.get(_SUBMISSION) is True and names.get(METADATA) is False


def read(folder: Node, _wanted: Wanted) -> Found:
    """The one hand-in. Raises UsageError where the metadata is not of that kind."""
    children = {node.name: node for node in folder.children()}
    submission, metadata = children.pop(_SUBMISSION, None), children.pop(METADATA, None)
    left_out = tuple(ignore(node, "is not what Gradescope gives an autograder") for node in children.values())
    if submission is None or metadata is None:
        return Found(hand_ins=(), ignored=left_out)
    return Found(hand_ins=(_hand_in(submission, circumstances(metadata)),), ignored=left_out)


def _hand_in(node: Node, told: Circumstances) -> HandIn:
    claims = tuple(
        Claim(name=person_name(name), ids={"email": email} if email else {}) for name, email in told.names
    )
    return HandIn(
        claims=claims or (Claim(name=_SUBMISSION),),
        group=", ".join(claim.name for claim in claims) if len(claims) > 1 else "",
        folder=node,
        shown=node.shown,
        submitted_at=told.submitted,
        time_source=TimeSource.LMS,
        late_mark=bool(told.late_s) if told.due else None,
        due=told.due,
        origin="gradescope_autograder",
    )


def circumstances(node: Node) -> Circumstances:
    """What the metadata says. Raises UsageError."""
    try:
        data = json.loads(node.read(_MAX_BYTES))
        return Circumstances(
            submitted=_time(data["created_at"]),
            due=_due(data),
            names=tuple((str(user.get("name") or ""), str(user.get("email") or "")) for user in _users(data)),
            previous=tuple(_score(one) for one in data.get("previous_submissions") or ()),
        )
    except Unreadable as error:
        raise UsageError(f"{node.shown}: {error}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{node.shown}: is no {METADATA} of Gradescope's ({type(error).__name__}: {error})."
        ) from error


def _users(data: dict[str, Any]) -> list[dict[str, Any]]:
    return list(data.get("users") or ())


def _due(data: dict[str, Any]) -> datetime | None:
    """A user's own date, where an extension has given one, else the assignment's."""
    own = [(user.get("assignment") or {}).get("due_date") for user in _users(data)]
    shared = (data.get("assignment") or {}).get("due_date")
    given = [_time(one) for one in own if one] or ([_time(shared)] if shared else [])
    return max(given, default=None)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def _score(submission: dict[str, Any]) -> float | None:
    score = submission.get("score")
    return None if submission.get("autograder_error") or score is None else float(score)


GRADESCOPE_AUTOGRADER = Source(
    name="gradescope_autograder", title="Gradescope autograder", matches=matches, read=read
)
