"""Every submission of the table: outcomes, score, nothing told, nothing left, the next one graded."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from grader.batch.intake import find_submissions
from grader.judge.process import JudgeProcess
from grader.model.configuration import load_course
from grader.model.orders import Submission
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from tests.end_to_end.processes import alive, descendants, eventually
from tests.hostile.levels import COURSE, LEVELS, start_judge
from tests.hostile.table import HIDDEN, POINTS, TABLE

SUBMISSIONS = Path(__file__).parent / "submissions"
SECRETS = ("271828", "543656", "1087312", "mint4711", "secret4711")
"""Inputs of hidden tests, their sums, and what stands in the judge's environment."""
UNPICKLED = Path("/tmp/unpickled_by_the_grader")


@dataclass(frozen=True)
class Leavings:
    """What a submission could leave behind, seen from outside."""

    processes: frozenset[int]
    mounts: frozenset[str]
    temporary: frozenset[str]
    shared: frozenset[str]

    def since(self, before: Leavings) -> list[object]:
        """What is there that was not; others on this machine come and go."""
        pairs = zip(self.__dict__.values(), before.__dict__.values(), strict=True)
        return [left for now, then in pairs for left in now - then]


@dataclass(frozen=True)
class Room:
    """One judge, for the whole table."""

    level: str
    judge: JudgeProcess
    temporary: Path

    def grade(self, name: str) -> Result:
        self.judge.submit(submission(name))
        result = self.judge.receive(120)
        assert isinstance(result, Result)
        return result

    def leavings(self) -> Leavings:
        found = self.temporary.rglob("*")
        return Leavings(
            processes=frozenset(alive(descendants(self.judge.pid))),
            mounts=frozenset(Path("/proc/self/mountinfo").read_text().splitlines()),
            temporary=frozenset(str(path) for path in found),
            shared=frozenset(str(path) for path in Path("/dev/shm").glob("*")),
        )


def submission(name: str) -> Submission:
    """As the intake reads it: a file, or a folder with others beside it."""
    (path,) = SUBMISSIONS.glob(f"{name}.*") if not (SUBMISSIONS / name).is_dir() else [SUBMISSIONS / name]
    (entry,) = find_submissions([path], load_course(COURSE).assignments["small"]).entries
    assert entry.submission is not None, entry.reason
    return entry.submission


CASES = [
    # Without a fork server each worker imports torch, and the canary's has a minute for all it tries.
    pytest.param(
        level,
        name,
        marks=[pytest.mark.alone] if level == "plain" else [],
    )
    for level in LEVELS
    for name, row in TABLE.items()
    if level != "plain" or row.plain  # the others would do harm there, or show nothing new
]


@contextlib.contextmanager
def opened(level: str) -> Iterator[Room]:
    """A room that has to be left as it was."""
    temporary = Path(tempfile.mkdtemp(prefix="hostile-"))
    temporary.chmod(0o711)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, temporary)
        judge, _ = start_judge(level, temporary)
        stack.callback(judge.close)
        found = Room(level, judge, temporary)
        assert found.grade("00_honest").score == 10
        yield found
        below = descendants(judge.pid)
        judge.close()
        assert eventually(lambda: not alive(below)), "the judge left processes"
        assert not list(temporary.iterdir()), "the judge left temporary files"


@pytest.fixture(scope="module")
def rooms() -> Iterator[Callable[[str], Room]]:
    """The one room of a level; a level's room is closed before that of the next is opened."""
    with contextlib.ExitStack() as stack:
        current: dict[str, Room] = {}

        def room_of(level: str) -> Room:
            if level not in current:
                stack.close()
                current.clear()
                current[level] = stack.enter_context(opened(level))
            return current[level]

        yield room_of


def test_every_submission_is_in_the_table() -> None:
    there = {path.name.partition(".")[0] for path in SUBMISSIONS.iterdir()}
    assert there == set(TABLE)


@pytest.mark.parametrize(("level", "name"), CASES)
def test_what_becomes_of_it(rooms: Callable[[str], Room], level: str, name: str) -> None:
    room, row = rooms(level), TABLE[name]
    before = room.leavings()
    result = room.grade(name)
    assert_outcomes(result, row.under(room.level))
    for test, part in row.says.items() if not row.at.get(room.level) else ():
        assert part in by_name(result)[test][1]
    assert_nothing_is_told(result)
    if room.level != "plain":  # each worker takes seconds there; the judge's end is checked in any case
        honest = room.grade("00_honest")
        assert (honest.status, honest.score) == (Status.GRADED, 10), "the next submission has to do with it"
    assert eventually(lambda: not room.leavings().since(before)), room.leavings().since(before)
    assert not UNPICKLED.exists()


def by_name(result: Result) -> dict[str, tuple[Outcome, str]]:
    return {test.id.rpartition("test_")[2]: (test.outcome, test.message) for test in result.tests}


def assert_outcomes(result: Result, expected: dict[str, Outcome | tuple[Outcome, ...]]) -> None:
    found = by_name(result)
    assert list(found) == list(POINTS)
    for name, (outcome, message) in found.items():
        allowed = expected.get(name, Outcome.PASSED)
        right = allowed if isinstance(allowed, tuple) else (allowed,)
        assert outcome in right, f"{name}: {outcome}: {message}"
    assert result.status is Status.GRADED
    earned = [POINTS[name] for name, (outcome, _) in found.items() if outcome is Outcome.PASSED]
    assert result.score == sum(earned)
    assert result.max_score == 10


def assert_nothing_is_told(result: Result) -> None:
    """Neither in what students see nor anywhere else in the result."""
    text = msgspec.json.encode(result).decode()
    assert not [secret for secret in SECRETS if secret in text]
    assert "\x1b" not in text and "\\u001b" not in text
    for test in result.tests:
        if test.id.rpartition("test_")[2] in HIDDEN:
            assert "homework.py" not in test.message
            assert len(test.message) < 200
