"""The files of graded submissions, found again by the path and the digest in their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.batch.intake import all_submissions
from grader.batch.nodes import Unreadable
from grader.batch.replay import places
from grader.model.course import Assignment
from grader.model.errors import GraderError
from grader.model.results import SubmissionInfo


class HandIns:
    """Looks submissions up. Each place is read once, and only what is wanted of it is kept."""

    def __init__(
        self,
        name: str,
        assignment: Assignment,
        wanted: Sequence[SubmissionInfo],
        elsewhere: Sequence[Path] = (),
    ) -> None:
        """`wanted` are all that will be asked for; `elsewhere` is looked into before their own paths."""
        self._name = name
        self._assignment = assignment
        self._wanted = {one.digest for one in wanted}
        self._elsewhere = tuple(elsewhere)
        self._found: dict[str, dict[str, bytes]] = {}
        self._problems: dict[Path, str] = {}
        """Of each place that was read: why it could not be, or nothing."""

    def files(self, info: SubmissionInfo) -> dict[str, bytes]:
        """The hand-in files that were graded. Raises Unreadable, with a sentence, where there are none."""
        around = [*self._elsewhere, *places(Path(info.path))]
        for place in around:
            if info.digest not in self._found:
                self._read(place)
        if info.digest in self._found:
            return self._found[info.digest]
        if not around:
            raise Unreadable("It is not where it was graded any more.")
        reasons = [self._problems[place] for place in around if self._problems[place]]
        if reasons:
            raise Unreadable(f"It cannot be read: {reasons[0]}")
        raise Unreadable("What is found now is not what was graded: its digest differs.")

    def _read(self, place: Path) -> None:
        if place in self._problems:
            return
        self._problems[place] = ""
        try:
            for one in all_submissions(place, self._name, self._assignment):
                if one.digest in self._wanted:
                    self._found[one.digest] = one.files
        except (GraderError, Unreadable, OSError) as error:
            self._problems[place] = str(error)
