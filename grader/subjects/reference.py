"""The reference solution's answers: asked once and kept, or read from a tape."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import msgspec

from grader.checks.fingerprint import fingerprint, same_fingerprint
from grader.model.errors import AuthoringError
from grader.subjects.base import Answer, Call, Subject, TimedAnswer
from grader.subjects.tape import Tape, TapedCall
from grader.wire.codec import Bounds, pack


@dataclass(frozen=True, slots=True)
class CallId:
    """Which call of which test; the same for every student of a run."""

    test: str
    number: int


class Reference(Protocol):
    """Whoever knows the reference's answers."""

    def answer(self, call: Call, place: CallId) -> Answer:
        """The reference's answer to a call at its place. Raises AuthoringError where there is none."""

    def measure(self, call: Call) -> Answer | None:
        """A live answer to a call whose inputs are a student's; None where there is no live reference."""

    def time(self, call: Call) -> TimedAnswer | None:
        """The reference's time for a frame of inputs, never remembered; None where it is not here to run."""

    def close(self) -> None:
        """Give back everything that is held."""


class LiveReference:
    """Asks the reference solution once for each place, and remembers the answers of the run."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._answers: dict[CallId, tuple[bytes, Call, Answer]] = {}

    def answer(self, call: Call, place: CallId) -> Answer:
        """The remembered answer, if the inputs are the ones that it was given for; else a new one."""
        digest = call_digest(call)
        known = self._answers.get(place)
        if known is None or known[0] != digest:
            known = (digest, call, self._subject.answer(call))
            self._answers[place] = known
        return known[2]

    def measure(self, call: Call) -> Answer | None:
        """A new answer, which is not remembered: every student asks something else."""
        return self._subject.answer(call)

    def time(self, call: Call) -> TimedAnswer | None:
        """Measured anew each time."""
        return self._subject.time(call)

    def taped(self, test: str) -> list[TapedCall]:
        """What a tape keeps of one test: every call with its inputs' fingerprint and its answer."""
        kept = sorted((place.number, call, answer) for place, (_, call, answer) in self._answers.items()
                      if place.test == test)  # fmt: skip
        return [
            TapedCall(target=call.target_name, inputs=_fingerprint(call), answer=answer)
            for _, call, answer in kept
        ]

    def close(self) -> None:
        """End the reference's worker."""
        self._subject.close()


class TapedReference:
    """Plays back what was recorded at release; refuses other inputs than the recorded ones."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def answer(self, call: Call, place: CallId) -> Answer:
        """The recorded answer. Raises AuthoringError where test or inputs are not the recorded ones."""
        test = self._tape.tests.get(place.test)
        if test is None or place.number >= len(test.calls):
            raise AuthoringError(
                f"no answer of the reference is recorded for call {place.number + 1} of {place.test}: "
                "a test of your own can use `student`, but not `reference` or `agree`"
            )
        taped = test.calls[place.number]
        if not same_fingerprint(_fingerprint(call), taped.inputs):
            raise AuthoringError(
                f"the inputs of call {place.number + 1} of {place.test} are not the recorded ones: "
                "the test was changed, or expected.tape is of another version (authors: `grader release`)"
            )
        return taped.answer

    def measure(self, call: Call) -> Answer | None:
        """None: a tape knows no answers to what students bring."""
        return None

    def time(self, call: Call) -> TimedAnswer | None:
        """A tape does not run."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def call_digest(call: Call) -> bytes:
    """Of all that a call asks but its seed and its limits."""
    tree, buffers = pack(
        [
            call.target_name,
            call.file,
            list(call.args),
            dict(call.kwargs),
            call.record.plain() if call.record else None,
        ],
        Bounds(bytes=2**33),
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(tree), digest_size=16)
    for buffer in buffers:
        digest.update(buffer)
    return digest.digest()


def _fingerprint(call: Call) -> object:
    return fingerprint([call.target_name, list(call.args), dict(call.kwargs)])
