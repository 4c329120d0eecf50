"""What goes to the process that draws files, and what comes back, as plain values and as bytes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A hand-in file."""

    name: str
    data: bytes
    outputs: bool = False
    """Whether a notebook's outputs are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A file as harmless HTML, or the reason why there is none."""

    html: str = ""
    notes: tuple[str, ...] = ()
    """What is not shown as it is in the file."""
    problem: str = ""
    """A sentence for people; then `html` is empty."""


class Undrawable(Exception):
    """A file cannot be shown; the text is the reason."""


def packed(value: Document | Drawn) -> bytes:
    """As it crosses the pipe; no pickle."""
    return msgspec.msgpack.encode(value)


def unpacked_document(data: bytes) -> Document:
    return msgspec.msgpack.decode(data, type=Document)


def unpacked_drawn(data: bytes) -> Drawn:
    return msgspec.msgpack.decode(data, type=Drawn)
