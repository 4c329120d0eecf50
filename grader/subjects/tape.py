"""The tape: what a student's copy of an assignment knows of the reference, for the public tests only.

One msgpack file, values in the wire's own codec. It holds the reference's results at the public seed,
the misconceptions' evidence, and the part of `autograder.yml` that a local run needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from grader.model.course import Assignment, Limits
from grader.model.errors import ConfigurationError
from grader.model.outcomes import Outcome
from grader.subjects.base import Answer, Ended, Frame, Raised, Returned
from grader.subjects.records import read_record
from grader.wire.codec import NotPlainData, pack, unpack

MAX_BYTES = 512 * 1024
FORMAT = "torchgrade/tape/1"
_OF_STAFF = frozenset({"late", "attempts", "visibility", "handed_out"})
"""What only grading a class needs of an assignment's keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapedCall:
    """One call of a test: its target, a coarse fingerprint of its inputs, the reference's answer."""

    target: str
    inputs: Any
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TapedRecord:
    """What a misconception did in a test: its sentence, and its evidence as plain data."""

    sentence: str
    evidence: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TapedTest:
    """One public test: the calls in order, the records of the misconceptions that fail it, its noise."""

    calls: tuple[TapedCall, ...]
    records: tuple[TapedRecord, ...] = ()
    noise: dict[str, float] = field(default_factory=dict)
    """By dtype, for the dtypes whose default tolerance follows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A whole tape."""

    assignment_id: str
    assignment: Assignment
    limits: Limits
    torch: str
    tests: dict[str, TapedTest]
    hidden: dict[str, int]
    """Hidden tests by task, so that students know how many more there are."""
    hidden_points: float = 0.0


def write(tape: Tape, path: Path) -> None:
    """Write a tape. Raises ConfigurationError if it is larger than 512 KiB, naming the largest tests."""
    data = dumps(tape)
    if len(data) > MAX_BYTES:
        sizes = sorted(
            ((len(msgspec.msgpack.encode(_test(test))), name) for name, test in tape.tests.items())
        )
        largest = ", ".join(f"{name} ({size // 1024} KiB)" for size, name in reversed(sizes[-3:]))
        raise ConfigurationError(
            f"{path.name} would have {len(data) // 1024} KiB; the limit is {MAX_BYTES // 1024} KiB. "
            f"Use smaller inputs; the largest tests are {largest}"
        )
    path.write_bytes(data)


def dumps(tape: Tape) -> bytes:
    """A tape as bytes; the same tape gives the same bytes."""
    return msgspec.msgpack.encode(
        {
            "format": FORMAT,
            "id": tape.assignment_id,
            "assignment": for_students(tape.assignment),
            "limits": msgspec.to_builtins(tape.limits),
            "torch": tape.torch,
            "hidden": tape.hidden,
            "hidden_points": tape.hidden_points,
            "tests": {name: _test(test) for name, test in tape.tests.items()},
        }
    )


def read(path: Path) -> Tape:
    """Read a tape. Raises ConfigurationError if it is not one, or of another format."""
    try:
        data = msgspec.msgpack.decode(path.read_bytes())
        if data["format"] != FORMAT:
            raise ConfigurationError(f"{path}: is of format {data['format']}, this grader reads {FORMAT}")
        return Tape(
            assignment_id=data["id"],
            assignment=msgspec.convert(data["assignment"], Assignment),
            limits=msgspec.convert(data["limits"], Limits),
            torch=data["torch"],
            hidden=data["hidden"],
            hidden_points=data["hidden_points"],
            tests={name: _read_test(test) for name, test in data["tests"].items()},
        )
    except (OSError, msgspec.MsgspecError, NotPlainData, KeyError, TypeError, IndexError) as error:
        raise ConfigurationError(f"{path}: cannot be read as a tape: {error}") from error


def for_students(assignment: Assignment) -> dict[str, Any]:
    """Without what only grading a class needs: that may change, and no tape has to be made anew."""
    described: dict[str, Any] = msgspec.to_builtins(assignment)
    return {key: value for key, value in described.items() if key not in _OF_STAFF}


def _test(test: TapedTest) -> Any:
    return [
        [[call.target, _value(call.inputs), _answer(call.answer)] for call in test.calls],
        [[record.sentence, _value(record.evidence)] for record in test.records],
        *([test.noise] if test.noise else []),
    ]


def _read_test(data: Any) -> TapedTest:
    calls = (TapedCall(target=target, inputs=_read(inputs), answer=_read_answer(answer))
             for target, inputs, answer in data[0])  # fmt: skip
    records = (TapedRecord(sentence=sentence, evidence=_read(evidence)) for sentence, evidence in data[1])
    noise = msgspec.convert(data[2], dict[str, float]) if len(data) > 2 else {}
    return TapedTest(calls=tuple(calls), records=tuple(records), noise=noise)


def _answer(answer: Answer) -> Any:
    match answer:
        case Returned():
            value = _value([answer.value, answer.inputs_after])
            return ["returned", value, *([answer.record.plain()] if answer.record else [])]
        case Raised():
            return ["raised", list(answer.types), answer.text, []]  # frames hold lines of the reference
        case Ended():
            return ["ended", answer.outcome.value, answer.message]


def _read_answer(data: Any) -> Answer:
    kind, *rest = data
    if kind == "returned":
        value, after = _read(rest[0])
        return Returned(value=value, inputs_after=after, record=read_record(rest[1]) if rest[1:] else None)
    if kind == "raised":
        frames = tuple(Frame(file=f, line=n, function=name, text=text) for f, n, name, text in rest[2])
        return Raised(types=tuple(rest[0]), text=rest[1], frames=frames)
    return Ended(outcome=Outcome(rest[0]), message=rest[1])


def _value(value: Any) -> Any:
    tree, buffers = pack(value)
    return [tree, [bytes(buffer) for buffer in buffers]]


def _read(data: Any) -> Any:
    tree, buffers = data
    return unpack(tree, [bytearray(buffer) for buffer in buffers])
