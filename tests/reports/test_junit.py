"""JUnit XML that any reader of it takes, with everything that a run knows."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from grader.model.outcomes import Outcome, Status
from grader.model.runs import Row
from grader.reports.junit import junit_xml
from tests.reports.samples import HOSTILE, check, class_rows, record, result


def suites() -> dict[str, ElementTree.Element]:
    rows = class_rows()
    root = ElementTree.fromstring(junit_xml(record(rows), rows))
    return {suite.attrib["name"]: suite for suite in root}


def test_there_is_a_suite_per_submission_with_its_points() -> None:
    ann = suites()["ann"]
    properties = {one.attrib["name"]: one.attrib["value"] for one in ann.iter("property")}
    assert properties == {
        "assignment": "a6", "status": "graded", "score": "10", "max_score": "10", "pending_points": "0",
        "task:dot": "4", "task:mask": "6",
    }  # fmt: skip
    assert (ann.attrib["tests"], ann.attrib["failures"], ann.attrib["errors"]) == ("2", "0", "0")


def test_wrong_values_are_failures_and_what_ended_the_program_is_an_error() -> None:
    bob = suites()["bob"]
    kinds = [[child.tag for child in case] for case in bob.iter("testcase")]
    assert kinds == [[], ["failure"], ["error"]]
    (failure,) = bob.iter("failure")
    assert "square root" in (failure.text or "") and "12 of 40 values differ" in (failure.text or "")


def test_what_waits_is_skipped() -> None:
    cleo = suites()["cleo"]
    assert cleo.attrib["skipped"] == "1" and cleo.attrib["failures"] == "0"


def test_a_submission_of_which_nothing_ran_is_no_success() -> None:
    for name in ("dan", "eve"):
        assert suites()[name].attrib["errors"] == "1", name


@given(st.text(alphabet=st.characters(codec="utf-16", categories=None)))
def test_no_text_of_a_submission_breaks_the_file(text: str) -> None:
    rows = [
        Row(key="k", result=result(text + HOSTILE, Status.GRADED, check("dot", Outcome.ERROR, message=text)))
    ]
    root = ElementTree.fromstring(junit_xml(record(rows), rows))
    assert len(list(root.iter("testcase"))) == 1
