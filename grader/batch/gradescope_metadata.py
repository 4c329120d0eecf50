"""Gradescope's `submission_metadata.json` -> `HandIn` (gradescope-autograders.readthedocs.io)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.model.errors import UsageError
from grader.model.hand_in import HandIn


def read_metadata(path: Path) -> HandIn:
    """What Gradescope says of a submission. Raises UsageError where the file is not of that kind."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return HandIn(
            submitted=_time(data["created_at"]),
            due=_due(data),
            previous=tuple(_score(one) for one in data.get("previous_submissions") or ()),
        )
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path}: is no submission_metadata.json of Gradescope's ({type(error).__name__}: {error})."
        ) from error


def _due(data: dict[str, Any]) -> datetime | None:
    """A user's own date, where an extension has given one, else the assignment's."""
    own = [user.get("assignment", {}).get("due_date") for user in data.get("users") or ()]
    shared = (data.get("assignment") or {}).get("due_date")
    given = [_time(one) for one in own if one] or ([_time(shared)] if shared else [])
    return max(given, default=None)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def _score(submission: dict[str, Any]) -> float | None:
    return (
        None
        if submission.get("autograder_error") or submission.get("score") is None
        else float(submission["score"])
    )
