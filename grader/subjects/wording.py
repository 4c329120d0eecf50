"""What a call in this process and a call in a worker tell in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.model.outcomes import Outcome
from grader.subjects.base import Call, Ended, Frame, Raised

OOM_HERE = "it asked for more memory than there is"
"""In this process, which has no limit of its own."""


def bad_reply(reason: str) -> Ended:
    """The end of a call whose result is not plain data or not the protocol."""
    return Ended(outcome=Outcome.BAD_REPLY, message=f"the result cannot be graded: {reason}")


def out_of_memory(memory_mb: int, gpu_memory_mb: int | None = None) -> str:
    """The sentence for memory over a worker's limits."""
    gpu = "" if gpu_memory_mb is None else f", or {gpu_memory_mb} MiB of the GPU's"
    return f"it asked for more memory than the limit of {memory_mb} MiB{gpu}"


def slow_call(call: Call) -> str:
    """The sentence for a call that runs out of time."""
    return f"{call.target_name} took longer than the limit of {call.seconds:g} s"


def places(frames: Sequence[Frame]) -> list[str]:
    """A line for each of the innermost places in the student's code, the innermost last."""
    return [
        f"  {frame.file}, line {frame.line}, in {frame.function}" + (f": {frame.text}" if frame.text else "")
        for frame in frames[-4:]
    ]


def too_much_cpu(seconds: float) -> str:
    """The sentence for threads that together use more than one may."""
    return f"it used more CPU time in all its threads than the limit of {seconds:g} s"


def slow_import(file: str, seconds: float) -> str:
    """The sentence for an import that runs out of time."""
    return f"importing {file} took longer than the limit of {seconds:g} s"


def raised_from(facts: Mapping[str, Any], error: BaseException | None = None) -> Raised:
    """An exception's description, as `grader.worker.raised.describe` makes it, as a value.

    Raises KeyError or TypeError where the facts are not of that shape.
    """
    frames = tuple(Frame(**frame) for frame in facts["frames"])
    return Raised(types=tuple(facts["types"]), text=facts["text"], frames=frames, error=error)


def import_failure(file: str, raised: Raised) -> Ended:
    """A hand-in whose import raised counts as missing."""
    kind = raised.types[0]
    where = f" (line {raised.frames[-1].line})" if raised.frames else ""
    said = f"{kind}: {raised.text}" if raised.text else kind
    text = "importing it ended the program" if kind == "SystemExit" else said
    return Ended(outcome=Outcome.MISSING, message=f"{file} cannot be imported{where}: {text}")
