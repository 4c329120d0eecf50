"""Importing the hand-ins of a subject: what to ask of its workers, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.model.names import NOTEBOOK, in_either_form
from grader.model.outcomes import Outcome, Visibility
from grader.subjects.base import Call, Ended
from grader.subjects.claims import raised_claim, text_claim
from grader.subjects.wording import import_failure
from grader.worker.cells import IN_ALL, MAX_NOTES
from grader.worker.loader import absent
from grader.worker.notebooks import MAX_CELLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Which misconception a worker plants into which file of the reference."""

    file: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A request to import a hand-in in the form in which it is there, and the seconds for it."""

    request: dict[str, Any]
    form: str
    seconds: float


class Imports:
    """Of one subject, over all its workers: what cannot be imported is charged once and not tried again."""

    def __init__(
        self, files: Mapping[str, bytes], import_s: float, found: Sequence[str], plant: Plant | None
    ) -> None:
        self._files = files
        self._import_s = import_s
        self._found = tuple(found)
        self._plant = plant
        self._failed: dict[str, Ended] = {}
        self._done: set[str] = set()
        self._notes: dict[str, tuple[str, ...]] = {}
        self._slow: dict[str, frozenset[int]] = {}

    def begin_anew(self) -> None:
        """In a fresh worker nothing is imported yet."""
        self._done = set()

    def failure(self, file: str) -> Ended | None:
        """How the import of a file failed, if it did."""
        return self._failed.get(file)

    def wanted(self, call: Call) -> Import | Ended | None:
        """What is to be asked before a call; None where its file is imported already."""
        file = call.file
        if file in self._failed or file in self._done:
            return self._failed.get(file)
        form = in_either_form(file, self._files)
        if form is None:
            message = absent(file, [*self._files, *self._found])
            return self._fail(file, Ended(outcome=Outcome.MISSING, message=message))
        if self._plant is not None and self._plant.file == file:
            request = {"do": "plant", "file": file, "seed": call.seed, "label": self._plant.label}
            return Import(request=request, form=form, seconds=self._import_s)
        request = {"do": "load", "file": file, "seed": call.seed}
        if not form.endswith(NOTEBOOK):
            return Import(request=request, form=form, seconds=self._import_s)
        request |= {"cell_s": self._import_s, "hurried": sorted(self._slow.get(file, ()))}
        # Each cell is stopped by itself; this is for those that cannot be.
        return Import(request=request, form=form, seconds=self._import_s * (IN_ALL + 1))

    def ended(self, file: str, form: str, ended: Ended) -> Ended:
        """Note that a worker ended while it imported a file."""
        return self._fail(file, during_import(form, ended))

    def replied(self, call: Call, reply: dict[str, Any], oom: Ended) -> Ended | None:
        """Note what a worker says of an import: why it failed, or None.

        `oom` is what is told of one that ran out of memory.
        """
        self._note_cells(call, reply)
        if "names" in reply:
            self._done.add(call.file)
            return None
        return self._fail(call.file, _failure(call.file, reply, oom))

    def _note_cells(self, call: Call, reply: dict[str, Any]) -> None:
        """What a notebook's worker says of its cells. It is shown, so nothing that may know a hidden test."""
        notes, slow = reply.get("notes"), reply.get("slow")
        if isinstance(slow, list):
            self._slow[call.file] = frozenset(one for one in slow[:MAX_CELLS] if type(one) is int)
        if isinstance(notes, list) and call.visibility is Visibility.PUBLIC:
            self._notes.setdefault(call.file, tuple(text_claim(note) for note in notes[: MAX_NOTES + 1]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to be told of the notebooks that have run, as their first worker says."""
        return tuple(note for notes in self._notes.values() for note in notes)

    def _fail(self, file: str, ended: Ended) -> Ended:
        self._failed[file] = replace(ended, elsewhere=True)
        return self._failed[file]


def _failure(file: str, reply: dict[str, Any], oom: Ended) -> Ended:
    if reply.get("oom"):
        return replace(oom, message=f"importing {file}: {oom.message}")
    if "missing" in reply:
        return Ended(outcome=Outcome.MISSING, message=text_claim(reply["missing"]))
    raised = raised_claim(reply.get("failed"))
    return raised if isinstance(raised, Ended) else import_failure(file, raised)


def during_import(file: str, ended: Ended) -> Ended:
    """The end of a worker, told as one while it imported a file."""
    if ended.outcome is Outcome.TIMEOUT:
        return ended
    return Ended(outcome=ended.outcome, message=f"while importing {file}: {ended.message}")
