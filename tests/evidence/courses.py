"""The small courses beside this file, one for each kind of evidence, and how their submissions are graded.

A course `<kind>` has one assignment of the same name, and beside `assignments/` and `solutions/`:

    right/*.py    correct submissions in truly different formulations: each earns everything
    cheats/*.py   submissions that cheat at this kind of check: each earns nothing
    judged_only   where the check needs real workers, and one process cannot stand for them
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.session import Taken
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result
from grader.subjects.local import LocalSubject

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Kind:
    """One kind of evidence: its course, and the submissions that come with it."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.name

    @property
    def right(self) -> list[Path]:
        return sorted((self.root / "right").glob("*.py"))

    @property
    def cheats(self) -> list[Path]:
        return sorted((self.root / "cheats").glob("*.py"))

    @property
    def judged_only(self) -> bool:
        return (self.root / "judged_only").exists()

    @property
    def hand_in(self) -> str:
        """The one file of the assignment."""
        (file,) = load_course(self.root).assignments[self.name].files
        return file

    def open(self, seed: int, work: Callable[[OpenJudge], None]) -> None:
        """Open a judge for the course, and close it again."""
        open_judge(Order(root=str(self.root), assignment=self.name, run="evidence", seed=seed), work)


def kinds() -> list[Kind]:
    """All courses beside this file."""
    return [Kind(path.parent) for path in sorted(FOLDER.glob("*/autograder.yml"))]


def judged(judge: OpenJudge, kind: Kind, file: Path) -> Result:
    """A submission graded in a confined worker."""
    files = {kind.hand_in: file.read_bytes()}
    submission = Submission(student=file.stem, path=str(file), digest="", files=files)
    return Examiner(judge, run="evidence", candid=True).grade(submission)


def sat_here(judge: OpenJudge, kind: Kind, file: Path) -> list[Taken]:
    """A submission called in this process, with its threads and processor, against the confined reference."""
    subject = LocalSubject({kind.hand_in: file.read_bytes()}, {}, import_s=judge.setting.limits.import_s)
    return judge.solution.sit(judge.session, subject)


def not_passed(taken: Iterable[Taken]) -> list[str]:
    """What went wrong, a line a test; a test that has to wait for a device did not fail."""
    fine = (Outcome.PASSED, Outcome.PENDING)
    return [
        f"{one.spec.id}: {one.conclusion.outcome}: {one.conclusion.message}"
        for one in taken
        if one.conclusion.outcome not in fine
    ]
