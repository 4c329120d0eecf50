"""Kill the grading at any moment: what was finished stays, and the same command does the rest."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from grader.batch.gradebook import Gradebook
from grader.batch.identity import result_identity, run_digest
from grader.batch.intake import find_submissions
from grader.model.configuration import load_course
from tests.batch.courses import Course, by_student
from tests.batch.fakes import ChildJudge

STUDENTS = 40
COMMAND = """
import sys
from pathlib import Path
from tests.batch.courses import Course
from tests.batch.fakes import ChildJudge
course = Course(Path(sys.argv[1]))
done = course.grade(ChildJudge.starter(course.root / "log", 0.02))
print(done.record.run, done.record.seed)
"""


def finished(course: Course) -> set[str]:
    """Students with a final result that the next command may keep."""
    if not Path(course.gradebook).exists():
        return set()
    description = load_course(course.root)
    digest = run_digest(course.root, description, "a1", ())
    book = Gradebook.open(course.gradebook)
    final = book.final("a1")
    book.close()
    return {
        entry.student
        for entry in find_submissions([course.folder], description.assignments["a1"]).entries
        if f"{result_identity(digest, entry.submission.digest)}/{entry.key}" in final
    }


def test_nothing_is_lost_and_nothing_finished_is_graded_twice(tmp_path: Path) -> None:
    course = Course.make(tmp_path)
    course.hand_in(**{f"s{number:02}": f"score {number % 11}" for number in range(STUDENTS)})
    chance = random.Random(1)
    command = [sys.executable, "-c", COMMAND, str(tmp_path)]
    log = tmp_path / "log"
    kept: set[str] = set()
    for _ in range(6):
        begun = log.stat().st_size if log.exists() else 0
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
        wait_for_growth(log, begun + chance.randrange(1, 60), process)
        time.sleep(chance.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = finished(course)
        assert kept <= now, "a finished result was lost"
        regraded = set(log.read_text()[begun:].replace('"', "").split()) & kept
        assert not regraded, "a finished result was graded again"
        kept = now
    done = course.grade(ChildJudge.starter(log, 0))
    scores = {student: result.score for student, result in by_student(done).items()}
    assert scores == {f"s{number:02}": number % 11 for number in range(STUDENTS)}
    assert len({result.run for result in by_student(done).values()}) == 1, "one run, hence one seed"
    assert done.record.exit_code == 0
    # A submission in flight at a kill is graded again; there are two workers.
    times = Counter(log.read_text().replace('"', "").split())
    assert sum(count - 1 for count in times.values()) <= 6 * 2


def wait_for_growth(log: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and (not log.exists() or log.stat().st_size < size):
        time.sleep(0.001)
