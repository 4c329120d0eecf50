"""A frame of inputs, answered one after the other: what is done while the judge's clock runs.

Everything here is the shim's own time, and is kept small: seeds are set once for a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from grader.wire.channel import Buffer
from grader.worker.calls import Probe, invoke

Packed = tuple[Any, list[Buffer]]


def nothing(_submission: ModuleType, *_args: Any, **_options: Any) -> None:
    """Probe that does nothing: what is measured of it is the shim's own time."""


def answer_each(
    module: ModuleType, target: str | Probe, inputs: Sequence[tuple[Any, ...]], pack: Callable[[Any], Packed]
) -> tuple[dict[str, Any], list[Buffer]]:
    """The reply to a frame: each value as bytes before the next input's turn.

    So nothing is left to be computed later, and who returns the same buffer each time returns what was in
    it each time. Raises whatever the student's code raises.
    """
    values: list[Any] = []
    buffers: list[Buffer] = []
    for args in inputs:
        tree, own = pack(invoke(module, target, args, {}))
        values.append([tree, len(own)])
        buffers += [bytes(buffer) for buffer in own]
    return {"values": values}, buffers
