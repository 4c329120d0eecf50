"""What can become of a test and of a submission, and whose fault it was."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one test. Only `passed` earns points; `pending` and `fault` lose none."""

    PASSED = "passed"
    FAILED = "failed"
    """Wrong value, structure, operation count, or a result that the test could not use."""
    ERROR = "error"
    """The student's code raised."""
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    """The worker died by a signal or an exit code."""
    OUTPUT_LIMIT = "output_limit"
    BAD_REPLY = "bad_reply"
    """Not plain data, too big, or not the protocol."""
    OOM = "oom"
    MISSING = "missing"
    """No such file or name, unreadable, or its import raised or exited."""
    PENDING = "pending"
    """Needs a device that is not here, or the measurement was too noisy."""
    FAULT = "fault"
    """The harness's, the author's or the machine's: never scored as the student's."""


ENDED_WORKER = frozenset(
    {Outcome.TIMEOUT, Outcome.CRASHED, Outcome.OUTPUT_LIMIT, Outcome.BAD_REPLY, Outcome.OOM}
)
"""Outcomes after which a worker is never used again."""


class Status(StrEnum):
    """What became of one submission."""

    GRADED = "graded"
    PENDING = "pending"
    FAULT = "fault"
    REJECTED = "rejected"
    """Cannot be opened: unsafe archive, too big, wrong type."""


class Visibility(StrEnum):
    """Whether students have the test. The folder decides: `assignments/` or `solutions/`."""

    PUBLIC = "public"
    HIDDEN = "hidden"
