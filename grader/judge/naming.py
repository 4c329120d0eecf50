"""Which known misconception a failure shows: the one whose own run left equal evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.judge.conclude import Conclusion
from grader.judge.verdicts import ELSEWHERE, NOT_BEGUN, Evidence
from grader.model.outcomes import Outcome

_NAMELESS = frozenset({Outcome.PASSED, Outcome.PENDING, Outcome.FAULT, Outcome.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a misconception did in one test."""

    sentence: str
    evidence: Evidence


def can_be_named(conclusion: Conclusion) -> bool:
    """Whether a conclusion is a failure that some misconception may explain."""
    evidence = conclusion.evidence
    if evidence is None or evidence.check == ELSEWHERE or conclusion.outcome in _NAMELESS:
        return False
    return evidence.raised is None or evidence.raised[0] != NOT_BEGUN


def name(conclusion: Conclusion, records: Iterable[Record]) -> str | None:
    """The sentences of all records with equal evidence, joined by " Or: "; None where there is none."""
    evidence = conclusion.evidence
    if evidence is None or not can_be_named(conclusion):
        return None
    matches = [
        record.sentence for record in records if evidence.equals(record.evidence, conclusion.tolerance)
    ]
    return " Or: ".join(dict.fromkeys(matches)) or None
