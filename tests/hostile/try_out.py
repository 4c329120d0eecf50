"""Grade submissions by hand: `python -m tests.hostile.try_out [LEVEL] [NAME ...]`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from grader.batch.intake import find_submissions
from grader.model.configuration import load_course
from grader.model.results import Result
from tests.hostile.levels import COURSE, start_judge

SUBMISSIONS = Path(__file__).parent / "submissions"


def main() -> None:
    """Print what becomes of each test of each submission."""
    level, *wanted = sys.argv[1:] or ["strong"]
    assignment = load_course(COURSE).assignments["small"]
    with tempfile.TemporaryDirectory() as folder:
        judge, ready = start_judge(level, Path(folder))
        print(ready.isolation)  # noqa: T201 - a tool for people
        for path in sorted(SUBMISSIONS.iterdir()):
            if wanted and not any(part in path.name for part in wanted):
                continue
            (entry,) = find_submissions([path], assignment).entries
            if entry.submission is None:
                print(path.name, entry.reason)  # noqa: T201 - as above
                continue
            began = time.monotonic()
            judge.submit(entry.submission)
            result = judge.receive(120)
            assert isinstance(result, Result)
            print(f"{path.name}: {result.status} {result.score} in {time.monotonic() - began:.2f} s")  # noqa: T201 - as above
            for test in result.tests:
                if test.outcome != "passed" or test.message:
                    print(f"    {test.id.split('::')[1]}: {test.outcome}: {test.message[:300]!r}")  # noqa: T201 - as above
        judge.close()


if __name__ == "__main__":
    main()
