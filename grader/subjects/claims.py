"""What a worker says of exceptions, texts and buffers, read with bounds: all of it is a claim."""

from __future__ import annotations

from typing import Any

from grader.subjects.base import Ended, Raised
from grader.subjects.wording import bad_reply, raised_from
from grader.wire.channel import Buffer
from grader.worker.raised import MAX_FRAMES, MAX_KINDS

_MAX_CLAIM = 4000
"""Characters of a text."""


def shared_out(entries: Any, buffers: list[Buffer]) -> list[tuple[Any, list[Buffer]]]:
    """Each value's tree, with the buffers that are its own. Raises ValueError or TypeError."""
    shared, begin = [], 0
    for tree, number in entries:
        end = begin + number
        if type(number) is not int or not begin <= end <= len(buffers):
            raise ValueError("more buffers than there are")
        shared.append((tree, buffers[begin:end]))
        begin = end
    return shared


def text_claim(value: Any) -> str:
    """A text, cut; a question mark where it is none."""
    return value[:_MAX_CLAIM] if isinstance(value, str) else "?"


def raised_claim(facts: Any) -> Raised | Ended:
    """A claimed exception, if it has the shape of one."""
    try:
        raised = raised_from(facts)
    except (TypeError, KeyError):
        return bad_reply("malformed")
    if len(raised.types) > MAX_KINDS or len(raised.frames) > MAX_FRAMES:  # the judge would walk millions
        return bad_reply("malformed")
    strings = [*raised.types, raised.text]
    for frame in raised.frames:
        strings += [frame.file, frame.function, frame.text]
    lines = all(type(frame.line) is int for frame in raised.frames)
    if raised.types and lines and all(isinstance(text, str) and len(text) <= _MAX_CLAIM for text in strings):
        return raised
    return bad_reply("malformed")
