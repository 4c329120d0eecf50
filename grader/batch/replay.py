"""One test of one graded submission, run again with the inputs that it had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.batch.intake import all_submissions
from grader.model.configuration import assignment_of, load_course
from grader.model.errors import HarnessFault, UsageError
from grader.model.orders import Order, Submission
from grader.model.results import Result, TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The test's result as it was, and as it is now with everything shown."""

    before: TestResult
    now: TestResult


def replay(root: Path, result_file: Path, test: str, path: Path | None) -> Replayed:
    """Run a test of a result again. Raises UsageError if result, test or submission do not fit."""
    result = _read(result_file)
    before = _test_of(result, test)
    submission = _submission(root, result, path)
    return Replayed(before=before, now=_run(root, result, before, submission))


def _run(root: Path, result: Result, before: TestResult, submission: Submission) -> TestResult:
    # Here, because the command line must be able to import this module without torch.
    from grader.judge.grading import Examiner
    from grader.judge.opening import OpenJudge, open_judge

    if before.seed is None:
        raise UsageError(f"{before.id} was not run in this result: there is nothing to replay.")
    found: list[TestResult] = []

    def again(judge: OpenJudge) -> None:
        tests = Examiner(judge, run=result.run, candid=True).grade(submission).tests
        found.extend(one for one in tests if one.id == before.id)

    order = Order(
        root=str(root),
        assignment=result.assignment,
        run=result.run,
        seed=before.seed,
        only=(before.id,),
        keyed=True,
    )
    open_judge(order, again)
    if not found:
        raise HarnessFault(f"{before.id} did not run")
    return found[0]


def _read(path: Path) -> Result:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is not a result of `grader grade`: {error}.") from None


def _test_of(result: Result, wanted: str) -> TestResult:
    exact = [test for test in result.tests if test.id == wanted]
    matches = exact or [test for test in result.tests if wanted in test.id]
    if len(matches) == 1:
        return matches[0]
    listed = "\n  ".join(test.id for test in matches or result.tests)
    problem = "fits several tests" if matches else "fits no test"
    raise UsageError(f"{wanted!r} {problem} of this result:\n  {listed}")


def _submission(root: Path, result: Result, path: Path | None) -> Submission:
    assignment = assignment_of(load_course(root), result.assignment)
    where = path or Path(result.submission.path)
    around = places(where)
    if not around:
        raise UsageError(f"The submission is not at {where} any more; say where with --submission.")
    found = (one for place in around for one in all_submissions(place, result.assignment, assignment))
    matching = next((one for one in found if one.digest == result.submission.digest), None)
    if matching is None:
        raise UsageError(
            f"{where} is not what was graded: its digest differs from the result's. "
            "Grade it anew, or give the path of the graded files with --submission."
        )
    return matching


def places(where: Path) -> list[Path]:
    """Where to look: there, in the archive that the path leads into, or in the download around a file."""
    around = [Path(str(where)[: cut.start()]) for cut in re.finditer("!", str(where))]
    choices = [where, *reversed(around), *([where.parent] if where.is_file() else [])]
    return [place for place in choices if place.exists()]
