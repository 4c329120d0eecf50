"""Scheduler and judge process, message by message. Both ends trust each other; no torch is needed."""

from __future__ import annotations

from typing import Any

import msgspec

from grader.model import errors
from grader.model.orders import Ready, Submission
from grader.model.results import Result

Message = Ready | Result | errors.GraderError

_KINDS: dict[str, type[errors.GraderError]] = {
    kind.__name__: kind
    for kind in (
        errors.UsageError,
        errors.ConfigurationError,
        errors.AuthoringError,
        errors.GradebookError,
        errors.IsolationError,
        errors.HarnessFault,
    )
}


def encode(message: Message) -> dict[str, Any]:
    """A message as msgpack values."""
    if isinstance(message, errors.GraderError):
        return {"kind": "error", "error": type(message).__name__, "text": str(message)}
    kind = "ready" if isinstance(message, Ready) else "result"
    return {"kind": kind, "value": msgspec.to_builtins(message)}


def decode(data: dict[str, Any]) -> Message:
    """Back from msgpack values."""
    if data["kind"] == "error":
        return _KINDS.get(data["error"], errors.HarnessFault)(data["text"])
    return msgspec.convert(data["value"], Ready if data["kind"] == "ready" else Result)


def encode_submission(submission: Submission) -> dict[str, Any]:
    """A submission as msgpack values, its files as bytes."""
    return {name: getattr(submission, name) for name in Submission.__slots__}


def decode_submission(data: dict[str, Any]) -> Submission:
    """Back from msgpack values."""
    return Submission(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    )
