"""Hand-ins to students: by id, then login or address, then name; never two students as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.batch.roster import PLATFORMS, Enrolled
from grader.batch.sources.base import Claim
from grader.model.spelling import plain, spellings, squeezed

_KINDS = {"sid": "id", "any": ""}
"""Kinds of claimed ids that have another name on the roster; "" may be any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What the roster knows of a claim."""

    enrolled: Enrolled | None
    reason: str = ""
    """Why there is none."""


def match_claims(claims: Iterable[Claim], roster: Sequence[Enrolled]) -> dict[Claim_, Match]:
    """For each different claim, the student of the roster."""
    index = _Index(roster)
    found = {claim_key(claim): (claim, index.find(claim)) for claim in claims}
    named: dict[int, list[Claim]] = defaultdict(list)
    for claim, (match, by_name) in found.values():
        if match.enrolled is not None and by_name:
            named[match.enrolled.line].append(claim)
    certain = {
        match.enrolled.line for _, (match, by_name) in found.values() if match.enrolled and not by_name
    }
    return {
        key: _unless_shared(claim, match, named, certain) if by_name else match
        for key, (claim, (match, by_name)) in found.items()
    }


Claim_ = tuple[str, tuple[tuple[str, str], ...]]


def claim_key(claim: Claim) -> Claim_:
    """Equal for the same student of one platform."""
    return claim.name, tuple(sorted(claim.ids.items()))


def _unless_shared(
    claim: Claim, match: Match, named: Mapping[int, Sequence[Claim]], certain: set[int]
) -> Match:
    """A student on the roster whom several claim by name is nobody's."""
    if match.enrolled is None:
        return match
    if match.enrolled.line in certain:
        return Match(enrolled=None, reason=f"another hand-in has the id of {match.enrolled.name!r}")
    if len(named[match.enrolled.line]) > 1:
        said = (
            f"several hand-ins are of a {match.enrolled.name!r}, and no id on the roster tells whose is whose"
        )
        return Match(enrolled=None, reason=said)
    return match


class _Index:
    def __init__(self, roster: Sequence[Enrolled]) -> None:
        self._by_id: dict[tuple[str, str], Enrolled] = {}
        self._by_name: dict[str, list[Enrolled]] = defaultdict(list)
        for person in roster:
            known = {"id": person.id, "login": person.login, "email": person.email, **person.ids}
            for kind, value in known.items():
                if value:
                    self._by_id[kind, plain(value)] = person
            for spelling in spellings(person.name):
                self._by_name[spelling].append(person)

    def find(self, claim: Claim) -> tuple[Match, bool]:
        """The student, and whether only the name told."""
        for kinds in (("id", *PLATFORMS), ("login", "email")):
            for given, value in claim.ids.items():
                fitting = kinds if given == "any" else (_KINDS.get(given, given),)
                for kind in fitting:
                    person = self._by_id.get((kind, plain(value))) if kind in kinds else None
                    if person is not None:
                        return Match(enrolled=person), False
        return self._named(claim.name), True

    def _named(self, name: str) -> Match:
        people = self._by_name.get(squeezed(name.replace(",", " ")), [])
        if len(people) == 1:
            return Match(enrolled=people[0])
        if people:
            return Match(enrolled=None, reason=f"{len(people)} students on the roster are called so")
        return Match(enrolled=None, reason="nobody on the roster has this id or name")
