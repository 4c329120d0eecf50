"""Whose each hand-in is, and which of a student's attempts counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from grader.batch.lateness import Deadline
from grader.batch.matching import Match, claim_key, match_claims
from grader.batch.names import fold, unique_file_name
from grader.batch.roster import PLATFORMS, Enrolled
from grader.batch.sources.base import Claim, HandIn
from grader.model.course import Attempts
from grader.model.people import Person

_PLATFORM_IDS = (*PLATFORMS, "canvas_anonymous", "sid", "gradescope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A student, and the hand-ins that may count: several only where the best of them does."""

    person: Person
    attempts: tuple[int, ...]
    """Numbers of hand-ins, the oldest first."""
    numbers: tuple[int, ...]
    """Which attempt each of them is, from 1."""
    among: int
    """How many attempts there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Everybody of whom something is known."""

    taken: tuple[Taken, ...]
    absent: tuple[Person, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    claim: Claim
    shown: str
    match: Match
    attempts: list[int] = field(default_factory=list)
    group: str = ""


def enrol(
    hand_ins: Sequence[HandIn], roster: Sequence[Enrolled], deadline: Deadline, attempts: Attempts
) -> Class:
    """The class of these hand-ins. Without a roster everybody who hands in is of it."""
    drafts = list(_drafts(hand_ins, roster))
    taken: list[Taken] = []
    keys: set[str] = set()
    crowded = _crowded((_name(draft), draft) for draft in drafts)
    for draft in drafts:
        person = _person(draft, _key(draft, _name(draft), crowded, keys))
        keys.add(fold(person.key))
        taken.append(_taken(person, draft, hand_ins, deadline, attempts))
    present = {draft.match.enrolled.line for draft in drafts if draft.match.enrolled}
    absent = []
    for row in roster:
        if row.line not in present:
            key = unique_file_name(row.name, row.id or str(row.line), keys)
            keys.add(fold(key))
            absent.append(_of_roster(row, key))
    return Class(taken=tuple(taken), absent=tuple(absent), notes=tuple(_notes(drafts, absent, bool(roster))))


def _drafts(hand_ins: Sequence[HandIn], roster: Sequence[Enrolled]) -> Iterator[_Draft]:
    """One for each student, with everything that is theirs; a group's hand-in is each member's."""
    matches = match_claims((claim for one in hand_ins for claim in one.claims), roster) if roster else {}
    members: dict[str, list[Enrolled]] = {}
    for enrolled in roster:
        if enrolled.group:
            members.setdefault(enrolled.group, []).append(enrolled)
    groups = {fold(name): name for name in members}
    found: dict[tuple[str, str], _Draft] = {}
    for number, one in enumerate(hand_ins):
        for claim in one.claims:
            match = matches.get(claim_key(claim), Match(enrolled=None))
            row = match.enrolled
            # What has the name of a group of the roster, as Moodle's teams have, is that group's.
            group = row.group if row else groups.get(fold(claim.name), "")
            owners = members.get(group) or ([row] if row else [])
            for owner in owners:
                nobodys = _Draft(
                    claim=Claim(name=owner.name), shown=one.shown, match=Match(enrolled=owner), group=group
                )
                draft = found.setdefault(("roster", str(owner.line)), nobodys)
                if owner is row:
                    draft.claim = claim
                if number not in draft.attempts:
                    draft.attempts.append(number)
            if not owners:
                identity = _identity(claim, one)
                draft = found.setdefault(
                    identity, _Draft(claim=claim, shown=one.shown, match=match, group=one.group)
                )
                draft.attempts.append(number)
    yield from found.values()


def _identity(claim: Claim, one: HandIn) -> tuple[str, str]:
    """The same for all attempts of one student. A folder's name alone does not tell that."""
    for kind in (*_PLATFORM_IDS, "email"):
        if claim.ids.get(kind):
            return kind, claim.ids[kind]
    return "place", one.shown


def names_of_hand_ins(hand_ins: Sequence[HandIn]) -> list[str]:
    """For each hand-in a name from what it says itself, with the id where others have the same name."""
    names = [(one.name, _identity(one.claims[0], one)) for one in hand_ins]
    crowded = _crowded(dict.fromkeys(names))
    return [
        f"{one.name} {_known_id(one.claims[0])}".strip() if fold(one.name) in crowded else one.name
        for one in hand_ins
    ]


def _crowded(named: Iterable[tuple[str, object]]) -> set[str]:
    """Names that several students have: their ids go into the names of their files."""
    counts = Counter(fold(name) for name, _ in named)
    return {name for name, count in counts.items() if count > 1}


def _name(draft: _Draft) -> str:
    return draft.match.enrolled.name if draft.match.enrolled else draft.claim.name


def _key(draft: _Draft, name: str, crowded: set[str], keys: set[str]) -> str:
    row = draft.match.enrolled
    id_ = (row.id or row.login) if row else _known_id(draft.claim)
    if id_ and fold(name) in crowded:
        return unique_file_name(f"{name} {id_}", draft.shown, keys)
    return unique_file_name(name, draft.shown, keys)


def _known_id(claim: Claim) -> str:
    return next((claim.ids[kind] for kind in (*_PLATFORM_IDS, "email") if claim.ids.get(kind)), "")


def _person(draft: _Draft, key: str) -> Person:
    claimed = {kind: value for kind, value in draft.claim.ids.items() if kind in _PLATFORM_IDS}
    row = draft.match.enrolled
    if row is None:
        ids = draft.claim.ids
        return Person(
            key=key, name=draft.claim.name, email=ids.get("email", ""), ids=claimed, group=draft.group
        )
    person = _of_roster(row, key)
    return replace(person, ids={**claimed, **person.ids})


def _of_roster(row: Enrolled, key: str) -> Person:
    return Person(
        key=key,
        name=row.name,
        id=row.id,
        email=row.email,
        login=row.login,
        section=row.section,
        group=row.group,
        ids=dict(row.ids),
        on_roster=True,
    )


def _taken(
    person: Person, draft: _Draft, hand_ins: Sequence[HandIn], deadline: Deadline, attempts: Attempts
) -> Taken:
    ordered = _oldest_first(draft.attempts, hand_ins, deadline)
    numbers = tuple(range(1, len(ordered) + 1))
    if attempts == "latest" or len(ordered) == 1:
        chosen = len(ordered) - 1
    elif attempts == "last_on_time":
        on_time = [place for place, number in enumerate(ordered) if not _is_late(hand_ins[number], deadline)]
        chosen = on_time[-1] if on_time else len(ordered) - 1
    else:
        return Taken(person=person, attempts=tuple(ordered), numbers=numbers, among=len(ordered))
    return Taken(person=person, attempts=(ordered[chosen],), numbers=(numbers[chosen],), among=len(ordered))


def _oldest_first(numbers: Sequence[int], hand_ins: Sequence[HandIn], deadline: Deadline) -> list[int]:
    """By the platform's own numbers, else by times where all have one, else as the paths were given."""
    same = len({hand_ins[number].origin for number in numbers}) == 1
    if same and all(hand_ins[number].order for number in numbers):
        return sorted(numbers, key=lambda number: hand_ins[number].order)
    times = [hand_ins[number].submitted_at for number in numbers]
    known = {
        number: deadline.aware(at).astimezone(UTC) for number, at in zip(numbers, times, strict=True) if at
    }
    if len(known) == len(numbers):
        return sorted(numbers, key=known.__getitem__)
    return sorted(numbers)


def _is_late(one: HandIn, deadline: Deadline) -> bool:
    at = deadline.aware(one.submitted_at) if one.submitted_at else None
    return deadline.is_late(at, one.late_mark)


def _notes(drafts: Sequence[_Draft], absent: Sequence[Person], has_roster: bool) -> Iterator[str]:
    if not has_roster:
        return
    for draft in drafts:
        if draft.match.enrolled is None:
            ids = ", ".join(f"{kind} {value}" for kind, value in draft.claim.ids.items() if kind != "any")
            shown = f"{draft.claim.name} ({ids})" if ids else draft.claim.name
            yield f"{shown} is graded, and is not on the roster: {draft.match.reason}"
    if absent:
        names = ", ".join(person.name for person in absent)
        yield f"{len(absent)} on the roster handed in nothing, and get no score: {names}"
