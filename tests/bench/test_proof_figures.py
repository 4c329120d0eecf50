"""What many proofs come to: the worst seed counts, and a verdict that depends on the seed is flaky."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from grader.model.proofs import AlternativeProof, MisconceptionProof, Nearest, Proof, TaskProof, TestProof
from grader.reports.proof import proof_data

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
from figures.lines import in_lines
from figures.proofs import add_proof, course_figures, nothing_proven

TEST = "hidden/test_it.py::test_it"


def proven(*proofs: Proof) -> dict[str, Any]:
    details = nothing_proven("digest")
    for proof in proofs:
        add_proof(details, proof_data(proof))
    return {"a1": details}


def proof(
    seed: int,
    *,
    lost: float = 2.0,
    named: bool = True,
    reference: float = 2.0,
    noise: float = 0.01,
    wrong: Nearest | None = None,
    failed_alternative: bool = False,
) -> Proof:
    wrong = wrong or Nearest(who="upside_down", beyond=100.0)
    misconception = MisconceptionProof(
        label="upside_down",
        sentence="It is upside down.",
        lost=lost,
        failed=(TEST,) if lost else (),
        named=(TEST,) if named else (),
    )
    task = TaskProof(
        task="it",
        points=2.0,
        tests=1,
        reference=reference,
        starter=0.0,
        memorised=seed / 10,
        replayed=0.0,
        misconceptions=(misconception,),
        trivial={"zeros": (), "ones": ()},
    )
    margins = TestProof(
        test=TEST,
        dtype="float32",
        rtol=1e-4,
        atol=1e-5,
        noise=noise,
        steady=True,
        measured_by=("float64",),
        draws=8,
        misconception=wrong,
        trivial=None,
    )
    return Proof(
        assignment="a1",
        seed=seed,
        tasks=(task,),
        tests=(margins,),
        passed_from_memory=(),
        problems=(),
        alternatives=(AlternativeProof(name="other", points=2.0, failed=(TEST,) * failed_alternative),),
    )


def test_a_course_that_is_proven_under_every_seed_has_full_figures() -> None:
    figures = course_figures(proven(proof(1), proof(2)))
    assert (figures["seeds"], figures["tasks"], figures["tests"], figures["flaky"]) == (2, 1, 1, 0)
    assert (figures["reference_score"], figures["reference_max"], figures["starter_score"]) == (2.0, 2.0, 0.0)
    assert (
        figures["misconceptions_killed"] == figures["misconceptions_named"] == figures["misconceptions"] == 1
    )
    assert figures["alternatives_full"] == figures["alternatives"] == 1
    assert figures["memorised_share"] == 0.2


def test_a_misconception_that_survives_under_one_seed_is_not_killed_and_is_flaky() -> None:
    figures = course_figures(proven(proof(1), proof(2, lost=0.0, named=False)))
    assert figures["misconceptions_killed"] == figures["misconceptions_named"] == 0
    assert figures["flaky_names"] == {"a1": ["alive upside_down", "unnamed upside_down"]}


def test_a_misconception_that_survives_under_every_seed_is_not_flaky() -> None:
    figures = course_figures(proven(proof(1, lost=0.0), proof(2, lost=0.0)))
    assert (figures["misconceptions_killed"], figures["flaky"]) == (0, 0)


def test_the_reference_counts_as_under_its_worst_seed() -> None:
    figures = course_figures(proven(proof(1), proof(2, reference=1.5)))
    assert figures["reference_score"] == 1.5
    assert figures["flaky_names"] == {"a1": ["reference_short it: 1.5 of 2"]}


def test_an_alternative_that_fails_under_one_seed_has_not_full_marks() -> None:
    figures = course_figures(proven(proof(1, failed_alternative=True), proof(2)))
    assert figures["alternatives_full"] == 0
    assert figures["flaky_names"] == {"a1": [f"alternatives_failed other: {TEST}"]}


def test_the_margins_of_a_test_are_those_of_its_worst_seeds() -> None:
    near, other = Nearest(who="mean", beyond=12.345), Nearest(who="shape", beyond=None)
    details = proven(proof(1, noise=0.2), proof(2, wrong=near), proof(3, wrong=other))
    margins = details["a1"]["tests"][TEST]
    assert margins["noise"] == 0.2
    assert margins["misconception"] == {"who": "mean", "beyond": 12.3}


def test_what_lies_deeper_than_the_depth_has_one_line() -> None:
    value = {"a": {"b": {"c": [1, {"d": None}]}, "e": {}}, "f": "x"}
    assert json.loads(in_lines(value, 2)) == value
    assert in_lines(value, 2).splitlines() == [
        "{",
        ' "a": {',
        '  "b": {"c": [1, {"d": null}]},',
        '  "e": {}',
        " },",
        ' "f": "x"',
        "}",
    ]
