"""How many small changes of a reference the tests notice: `python bench/mutants.py [ASSIGNMENT ...]`.

Cosmic Ray's operators (`pip install cosmic-ray`) change each reference in every way that they know; so many
of each task are drawn and graded as submissions, hidden tests included. One that keeps full marks has
survived. A survivor that does the same as the reference for every input is equivalent;
`bench/mutants_equivalent.yml` says why, for each. The result is `bench/results/mutants.json`, written after
each assignment.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from figures.machine import machine
from figures.mutation import Mutant, mutants_of, sample

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.model.configuration import load_course
from grader.model.digests import digest_files
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.reports.files import json_text, write_whole

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "mutants.json"
EQUIVALENT = ROOT / "bench" / "mutants_equivalent.yml"
SEED = 1
EACH = 6
_UNDECIDED = frozenset({Outcome.PASSED, Outcome.PENDING})


def main() -> None:
    """Grade the mutants of the assignments named, or of all; print and write."""
    options = _options()
    known = json.loads(options.out.read_text())["assignments"] if options.out.is_file() else {}
    course = load_course(ROOT)
    for name in options.assignments or course.assignments:
        known[name] = _measured(name, options.each)
        _write(known, options.out)
        row = known[name]
        sys.stderr.write(f"{name}: {row['killed']} of {row['mutants']} killed, {row['seconds']} s\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how many mutants of the references are killed.")
    parser.add_argument("assignments", nargs="*", help="ids; all of the course where none is given")
    parser.add_argument("--each", type=int, default=EACH, help="mutants of a task, at most (%(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args()


def _measured(name: str, each: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    described: dict[str, Any] = {}
    possible = 0
    began = time.perf_counter()

    def work(judge: OpenJudge) -> None:
        nonlocal possible
        files = {file: data.decode() for file, data in judge.solution.files.items()}
        found = mutants_of(judge.setting.assignment, files)
        possible = sum(map(len, found.values()))
        examiner = Examiner(judge, run="mutants")
        for mutant in sample(found, each, SEED):
            rows.append(_row(name, mutant, _noticed_by(judge, examiner, mutant)))
        described.update(machine(judge.isolation))

    open_judge(Order(root=str(ROOT), assignment=name, run="mutants", seed=SEED), work)
    fates = Counter(row["fate"] for row in rows)
    return {
        "possible": possible,
        "mutants": len(rows),
        "killed": fates["killed"],
        "equivalent": fates["equivalent"],
        "survived": fates["survived"],
        "by_task": dict(Counter(row["task"] for row in rows)),
        "survivors": [row for row in rows if row["fate"] != "killed"],
        "seconds": round(time.perf_counter() - began, 1),
        "machine": described,
    }


def _noticed_by(judge: OpenJudge, examiner: Examiner, mutant: Mutant) -> str:
    """The first test that does not pass, of its own task or else of any; empty if all pass."""
    files = judge.solution.files | {mutant.file: mutant.text.encode()}
    own = tuple(spec.id for spec in judge.session.specs if spec.task == mutant.task)
    for only in (own, ()):
        submission = Submission(student="mutant", path="", digest=digest_files(files), files=files, only=only)
        result = examiner.grade(submission)
        for test in result.tests:
            if test.outcome is Outcome.FAULT:
                raise RuntimeError(f"{mutant}: {test.id}: {test.message}")
            if test.outcome not in _UNDECIDED:
                return test.id
    return ""


def _row(assignment: str, mutant: Mutant, noticed_by: str) -> dict[str, Any]:
    change = {"removed": mutant.removed, "added": mutant.added}
    why = next((one["why"] for one in _equivalents(assignment) if change.items() <= one.items()), "")
    fate = "killed" if noticed_by else "equivalent" if why else "survived"
    row = {"task": mutant.task, "file": mutant.file, "operator": mutant.operator, **change, "fate": fate}
    return row | ({"why": why} if fate == "equivalent" else {"noticed_by": noticed_by} if noticed_by else {})


def _equivalents(assignment: str) -> list[dict[str, str]]:
    """What is said to be equivalent: the lines removed and added, and why no input can tell them apart."""
    data: dict[str, list[dict[str, str]]] = yaml.safe_load(EQUIVALENT.read_text()) or {}
    return data.get(assignment, [])


def _write(known: dict[str, dict[str, Any]], out: Path) -> None:
    killed, equivalent, mutants = (
        sum(row[key] for row in known.values()) for key in ("killed", "equivalent", "mutants")
    )
    figures = {
        "mutants": mutants,
        "killed": killed,
        "equivalent": equivalent,
        "survived": mutants - killed - equivalent,
        "killed_share": round(killed / max(1, mutants - equivalent), 4),
        "equivalent_share": round(equivalent / max(1, mutants), 4),
        "assignments": dict(sorted(known.items())),
    }
    write_whole(out, json_text(figures))


if __name__ == "__main__":
    main()
