"""Every check is fair to right code in other words, and gives nothing to code that cheats at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.course.verify import prove
from grader.judge.opening import OpenJudge
from grader.model.outcomes import Outcome
from grader.model.proofs import Proof
from grader.model.results import Result
from grader.sandbox.probes import probe
from tests.evidence.courses import Kind, judged, kinds, not_passed, sat_here

pytestmark = [
    pytest.mark.usefixtures("one_fork_server"),
    pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only"),
]

KINDS = {kind.name: kind for kind in kinds()}
SEED = 2024  # one: `bench/false_fails.py` takes two hundred


def cases(kind: Kind, *more: str) -> object:
    """Times are taken with nothing beside."""
    marks = [pytest.mark.alone] if kind.name == "timing" else []
    return pytest.param(kind.name, *more, marks=marks)


NAMES = [cases(kind) for kind in KINDS.values()]
RIGHT = [cases(kind, file.stem) for kind in KINDS.values() for file in kind.right]
HERE = [cases(kind, file.stem) for kind in KINDS.values() if not kind.judged_only for file in kind.right]
CHEATS = [cases(kind, file.stem) for kind in KINDS.values() for file in kind.cheats]
FORMULATIONS = 12


class Findings:
    """What one judge found about one kind."""

    def __init__(self, kind: Kind) -> None:
        self.results: dict[str, Result] = {}
        self.here: dict[str, list[str]] = {}
        self.proof: Proof | None = None
        self._kind = kind
        kind.open(SEED, self._look)

    def _look(self, judge: OpenJudge) -> None:
        kind = self._kind
        self.proof = prove(judge)
        for file in [*kind.right, *kind.cheats]:
            self.results[f"{file.parent.name}/{file.stem}"] = judged(judge, kind, file)
        for file in [] if kind.judged_only else kind.right:
            self.here[file.stem] = not_passed(sat_here(judge, kind, file))


@pytest.fixture(scope="module")
def findings() -> Iterator[dict[str, Findings]]:
    """By kind; each looked at once, on first need."""

    class Lazily(dict[str, Findings]):
        def __missing__(self, name: str) -> Findings:
            self[name] = Findings(KINDS[name])
            return self[name]

    yield Lazily()


@pytest.mark.parametrize("name", NAMES)
def test_course_is_proven(findings: dict[str, Findings], name: str) -> None:
    proof = findings[name].proof
    assert proof is not None
    assert proof.problems == ()


@pytest.mark.parametrize("name", NAMES)
def test_there_are_a_dozen_formulations(name: str) -> None:
    texts = {file.read_text() for file in KINDS[name].right}
    assert len(texts) >= FORMULATIONS


@pytest.mark.parametrize(("name", "file"), RIGHT)
def test_right_code_in_other_words_earns_everything(
    findings: dict[str, Findings], name: str, file: str
) -> None:
    result = findings[name].results[f"right/{file}"]
    assert [test for test in result.tests if test.outcome is not Outcome.PASSED] == []


@pytest.mark.parametrize(("name", "file"), HERE)
def test_right_code_in_other_words_passes_in_one_process(
    findings: dict[str, Findings], name: str, file: str
) -> None:
    assert findings[name].here[file] == []


@pytest.mark.parametrize(("name", "file"), CHEATS)
def test_cheating_earns_nothing(findings: dict[str, Findings], name: str, file: str) -> None:
    result = findings[name].results[f"cheats/{file}"]
    gained = [test for test in result.tests if test.points]
    undecided = [test for test in result.tests if test.outcome in (Outcome.FAULT, Outcome.PENDING)]
    assert gained == []
    assert undecided == [], "a fault is not the student's, and points that are pending are not lost"
