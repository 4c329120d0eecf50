"""Scores into a platform's table: whose row is whose, and no grade erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.model.people import Person
from grader.model.runs import Row
from grader.model.spelling import plain, spellings, squeezed
from grader.reports.exports.sheets import Sheet, value_of
from grader.reports.exports.stored import ClassResults, final_score, person_of, why_blank
from grader.reports.text import number, one_line

KINDS = ("canvas", "moodle", "id", "login", "email")
"""Kinds of ids, the surest first."""


@dataclass(slots=True)
class Report:
    """What an export did, for people; every line names a student."""

    scores: int = 0
    blank: list[str] = field(default_factory=list)
    """Without a score, and why."""
    changed: list[str] = field(default_factory=list)
    """Grades that were another one before."""
    kept: list[str] = field(default_factory=list)
    """Grades that stand in the table and were not touched."""
    unmatched: list[str] = field(default_factory=list)
    """Results that found no row, and rows that found no result."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a row of the table tells of its student."""

    name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    """By kind: `canvas`, `moodle`, `id`, `login`, `email`."""


class _Finder:
    """Finds the result of a row: by id, then login or address, then a name that only one has."""

    def __init__(self, results: ClassResults) -> None:
        self._by_id: dict[tuple[str, str], Row] = {}
        self._by_name: dict[str, list[Row]] = defaultdict(list)
        self._used: set[str] = set()
        self.rows = results.rows
        for row in results.rows:
            person = person_of(row)
            for kind, value in _ids(person).items():
                self._by_id.setdefault((kind, plain(value)), row)
            for spelling in spellings(person.name):
                self._by_name[spelling].append(row)

    def find(self, keys: Keys, crowded: set[str]) -> Row | None:
        """The result; each is found once. `crowded` are names that stand in several rows of the table."""
        for kind in KINDS:
            row = self._by_id.get((kind, plain(keys.ids.get(kind, ""))))
            if row is not None and keys.ids.get(kind):
                return None if _is_another(person_of(row), keys, kind) else self._take(row)
        name = squeezed(keys.name.replace(",", " "))
        named = [] if name in crowded else self._by_name.get(name, [])
        fits = len(named) == 1 and not _contradicts(person_of(named[0]), keys, KINDS)
        return self._take(named[0]) if fits else None

    def _take(self, row: Row) -> Row | None:
        if row.key in self._used:
            return None
        self._used.add(row.key)
        return row

    def left(self) -> list[Row]:
        """Results that no row has found."""
        return [row for row in self.rows if row.key not in self._used]


def _ids(person: Person) -> dict[str, str]:
    known = {"id": person.id or person.ids.get("sid", ""), "login": person.login, "email": person.email}
    return {kind: value for kind, value in {**known, **person.ids}.items() if value}


def _is_another(person: Person, keys: Keys, kind: str) -> bool:
    """Whether one id fits and the rest says that it is somebody else's.

    Moodle's numbers are of one assignment: in the worksheet of another they are other people's.
    """
    if kind == "moodle":
        return _contradicts(person, keys, ("email",)) and squeezed(keys.name) not in spellings(person.name)
    return kind != "canvas" and _contradicts(person, keys, ("canvas", "moodle"))


def _contradicts(person: Person, keys: Keys, kinds: Sequence[str]) -> bool:
    """Whether both have an id of one of these kinds, and not the same."""
    known = _ids(person)
    return any(
        known.get(kind) and keys.ids.get(kind) and plain(known[kind]) != plain(keys.ids[kind])
        for kind in kinds
    )


def _match_rows(finder: _Finder, keys: Sequence[Keys]) -> dict[int, Row]:
    """By number of the table's row. Those with an id go first: no name takes what is another's."""
    crowded = _crowded([each.name for each in keys])
    found: dict[int, Row] = {}
    for by_name in (False, True):
        for index, each in enumerate(keys):
            if index not in found:
                match = finder.find(each if by_name else replace(each, name=""), crowded)
                if match is not None:
                    found[index] = match
    return found


def _crowded(names: Sequence[str]) -> set[str]:
    """Names that several rows have."""
    seen: set[str] = set()
    twice: set[str] = set()
    for name in (squeezed(each.replace(",", " ")) for each in names):
        (twice if name in seen else seen).add(name)
    return twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A student's line of a platform's table."""

    cells: list[str]
    keys: Keys
    shown: str
    """The student, as the table calls them."""
    kept: str = ""
    """Why its grade is not touched; empty where it may be."""


def fill_lines(sheet: Sheet, column: int, lines: Sequence[Line], results: ClassResults) -> Report:
    """Every result into its student's line, and what was done."""
    report, finder = Report(), _Finder(results)
    found = _match_rows(finder, [line.keys for line in lines])
    for index, line in enumerate(lines):
        if index in found and line.kept:
            report.kept.append(f"{line.shown}: {line.kept}")
        elif index in found:
            _fill(sheet, line.cells, column, found[index], report)
    lonely = [line.shown for index, line in enumerate(lines) if index not in found]
    _list_unmatched(finder, lonely, sheet.path.name, report)
    return report


def compare_maximum(found: str, maximum: float | None, max_score: float, report: Report) -> None:
    """A note where the platform counts another number of points; `found` says how it calls its own."""
    if maximum is not None and maximum != max_score:
        report.notes.append(
            f"{found}, and the assignment has {number(max_score)} points; scores are written as they are"
        )


def _fill(sheet: Sheet, cells: list[str], column: int, row: Row, report: Report) -> None:
    """One student's score into one cell; a grade that stands there is not erased, and a change is listed."""
    old, score = sheet.cell(cells, column), final_score(row.result)
    name = one_line(person_of(row).name)
    before = value_of(old)
    if score is None:
        stays = f"; the {old} that stands there is kept" if before is not None else ""
        report.blank.append(f"{name}: {why_blank(row.result)}{stays}")
        return
    report.scores += 1
    if before is not None and round(before, 2) == round(score, 2):
        return
    if before is not None:
        report.changed.append(f"{name}: {old} becomes {number(score)}")
    sheet.put(cells, column, score)


def _list_unmatched(finder: _Finder, lonely: Sequence[str], where: str, report: Report) -> None:
    """Results without a row and rows without a result."""
    for row in finder.left():
        report.unmatched.append(f"{one_line(person_of(row).name)}: no row in {where} is theirs")
    report.unmatched += [f"{one_line(name)}: in {where}, and no result is theirs" for name in lonely]
