"""The tape of an assignment: what the solutions say, recorded for students at the public seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from grader.checks.fingerprint import fingerprint, same_fingerprint
from grader.checks.tolerance import Noise, clamped, dtype_of
from grader.judge.comparing import Gauge
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.spec import TestSpec
from grader.model.errors import AuthoringError
from grader.model.names import ASSIGNMENTS, TAPE
from grader.model.orders import Order
from grader.model.outcomes import Outcome, Visibility
from grader.model.seeds import PUBLIC_SEED
from grader.subjects.base import Raised, Returned
from grader.subjects.tape import Tape, TapedRecord, TapedTest, dumps, for_students, read, write

_ALIKE = 4
"""Tolerances that follow from noise may differ by so many times between machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a release did: the tape's file, its size, and whether it had to change."""

    path: Path
    bytes: int
    tests: int
    changed: tuple[str, ...]
    """What differs from the tape that was there, beyond float noise."""


def release(root: Path, assignment: str, *, check: bool = False) -> Released:
    """Record the tape of an assignment; with `check`, only say what would change.

    A tape that differs by no more than float noise is left as it is. Raises AuthoringError where the
    reference does not pass its own public tests.
    """
    path = root / ASSIGNMENTS / assignment / TAPE
    tapes: list[Tape] = []
    order = Order(root=str(root), assignment=assignment, run="release", seed=PUBLIC_SEED)
    open_judge(order, lambda judge: tapes.append(_record(judge)))
    (tape,) = tapes
    changed = _changes(read(path) if path.is_file() else None, tape)
    if changed and not check:
        write(tape, path)
    return Released(path=path, bytes=len(dumps(tape)), tests=len(tape.tests), changed=changed)


def _record(judge: OpenJudge) -> Tape:
    public = [spec for spec in judge.session.specs if spec.visibility is Visibility.PUBLIC]
    hidden = [spec for spec in judge.session.specs if spec.visibility is Visibility.HIDDEN]
    gauge = Gauge()
    _expect_passes(judge, public, gauge)
    return Tape(
        assignment_id=judge.setting.name,
        assignment=judge.setting.assignment,
        limits=judge.setting.limits,
        torch=str(torch.__version__),
        tests={spec.id: _taped(judge, spec, gauge) for spec in public if not spec.gpu},
        hidden={
            task: count
            for task in judge.setting.assignment.tasks
            if (count := sum(spec.task == task for spec in hidden))
        },
        hidden_points=round(sum(spec.points for spec in hidden), 6),
    )


def _expect_passes(judge: OpenJudge, specs: list[TestSpec], gauge: Gauge) -> None:
    subject = judge.solution.subject()
    taken = judge.solution.sit_patiently(judge.session, subject, specs, gauge)
    subject.close()
    bad = [one for one in taken if one.conclusion.outcome not in (Outcome.PASSED, Outcome.PENDING)]
    if bad:
        lines = [f"  {one.spec.id}: {one.conclusion.outcome}: {one.conclusion.message}" for one in bad]
        raise AuthoringError("the reference does not pass its own public tests:\n" + "\n".join(lines))


def _taped(judge: OpenJudge, spec: TestSpec, gauge: Gauge) -> TapedTest:
    by_noise = any(leaf.by_default for reading in gauge.readings(spec.id) for leaf in reading.leaves)
    records = judge.solution.records(judge.session, spec)
    return TapedTest(
        calls=tuple(judge.solution.reference.taped(spec.id)),
        records=tuple(
            TapedRecord(sentence=record.sentence, evidence=record.evidence.plain()) for record in records
        ),
        noise=dict(judge.solution.measured(judge.session, spec).noise.by_dtype) if by_noise else {},
    )


def _changes(old: Tape | None, new: Tape) -> tuple[str, ...]:
    if old is None:
        return ("there was no tape",)
    changes = [] if _frame(old) == _frame(new) else ["tasks, points, limits or the number of hidden tests"]
    changes += [f"{name} is new" for name in new.tests if name not in old.tests]
    changes += [f"{name} is gone" for name in old.tests if name not in new.tests]
    both = [name for name in new.tests if name in old.tests]
    changes += [name for name in both if not _same_test(old.tests[name], new.tests[name])]
    return tuple(changes)


def _frame(tape: Tape) -> tuple[object, ...]:
    return (tape.assignment_id, for_students(tape.assignment), tape.limits, tape.hidden, tape.hidden_points)


def _same_test(old: TapedTest, new: TapedTest) -> bool:
    """Equal up to float noise; texts of exceptions may change with torch, and are compared by type."""
    if len(old.calls) != len(new.calls) or not _same_noise(old.noise, new.noise):
        return False
    for one, other in zip(old.calls, new.calls, strict=True):
        if not same_fingerprint(one.inputs, other.inputs):
            return False
    return same_fingerprint(fingerprint(_comparable(old)), fingerprint(_comparable(new)))


def _same_noise(old: dict[str, float], new: dict[str, float]) -> bool:
    """Whether the tolerances that follow are about the same: noise differs a little between machines."""
    if old.keys() != new.keys():
        return False
    one, other = Noise(by_dtype=old), Noise(by_dtype=new)
    pairs = [(clamped(dtype, one), clamped(dtype, other)) for dtype in map(dtype_of, old)]
    return all(1 / _ALIKE <= a.atol / b.atol <= _ALIKE for a, b in pairs)


def _comparable(test: TapedTest) -> list[object]:
    calls: list[object] = []
    for call in test.calls:
        match call.answer:
            case Returned():
                answer: object = [call.answer.value, call.answer.inputs_after]
            case Raised():
                answer = list(call.answer.types)
            case _:
                answer = call.answer.outcome.value
        calls.append([call.target, answer])
    records = [[record.sentence, *record.evidence[:2]] for record in test.records]
    return [calls, records]
