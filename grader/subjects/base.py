"""A call, what may come of it, and who can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from grader.model.outcomes import Outcome, Visibility
from grader.subjects.records import Record
from grader.worker.calls import Probe
from grader.worker.recording import Recording

Target = str | Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: a target in a hand-in file, its inputs, its seed and its limits."""

    target: Target
    file: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    seed: int
    seconds: float
    memory_mb: int | None = None
    processes: int = 0
    gpu: bool = False
    visibility: Visibility = Visibility.PUBLIC
    record: Recording | None = None
    """What to record while the target runs."""
    survey: bool = False
    """Nothing is called: the answer is what the hand-ins' source says (`grader.worker.sources`)."""
    cpu: int | None = None
    """The processor on which a timed call is to run; None where it does not matter."""

    @property
    def inputs(self) -> list[Any]:
        """The inputs in one list: the positional ones, then those passed by name."""
        return [*self.args, *self.kwargs.values()]

    @property
    def target_name(self) -> str:
        """The target as people call it."""
        return self.target if isinstance(self.target, str) else self.target.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A value; and the inputs, in the order of `Call.inputs`, as they were after a call that changed them."""

    value: Any
    inputs_after: list[Any] | None = None
    record: Record | None = None
    """What was recorded, where the call asked for it: as much a claim as the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of the student's own code in a traceback."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An exception: type names from the most derived up, its text, the student's own frames."""

    types: tuple[str, ...]
    text: str
    frames: tuple[Frame, ...] = ()
    error: BaseException | None = None
    """The exception itself, where the call ran in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """No answer: a limit was reached, the worker died, the reply was not plain data, or nothing to call."""

    outcome: Outcome
    message: str
    elsewhere: bool = False
    """Whether no call ended so by itself: but the import of its file, or the limit of all calls together."""
    frames: tuple[Frame, ...] = ()
    """Where the student's own code was when its time was up, so far as that is known."""


Answer = Returned | Raised | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The values for a frame of inputs, and what all of them took together, in seconds."""

    values: list[Any]
    wall_s: float
    """The asker's clock, from before the request is sent until every byte of the reply is there, less what
    either end waited for a processor that was busy with something else, as far as the kernel accounts it."""
    cpu_s: float | None
    """What the kernel accounts to the one who answered, all threads; None where it does not tell."""

    @property
    def seconds(self) -> float:
        """The worse of both: neither threads nor sleep are a gain."""
        return max(self.wall_s, self.cpu_s or 0.0)


TimedAnswer = Timed | Raised | Ended


class Subject(Protocol):
    """Whoever answers calls."""

    def answer(self, call: Call) -> Answer:
        """Answer one call. Raises HarnessFault where the harness or the machine failed."""

    def time(self, call: Call) -> TimedAnswer:
        """The values for many inputs, and the time for all: each of `call.args` is one tuple of arguments.

        Where a worker answers, it stands still from then on until it is asked again.
        """

    def charge(self, seconds: float) -> None:
        """Count so much of the judge's work for the subject's time, where that is limited."""

    def cpu_seconds(self) -> float | None:
        """CPU time used so far, where the kernel tells it."""

    def close(self) -> None:
        """Give back everything that is held."""


class Borrowed:
    """A subject that somebody else made and closes. It passes every call on; who extends it changes some."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def answer(self, call: Call) -> Answer:
        """The subject's own answer."""
        return self._subject.answer(call)

    def time(self, call: Call) -> TimedAnswer:
        """The subject's own answers and time."""
        return self._subject.time(call)

    def charge(self, seconds: float) -> None:
        """Not limited."""

    def cpu_seconds(self) -> float | None:
        """Not measured."""
        return None

    def close(self) -> None:
        """Left to whoever made it."""
