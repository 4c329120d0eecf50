"""Results as JUnit XML, in the form that CI systems read (pytest's `xunit2` family).

A suite per submission, a case per test. JUnit knows no points: they stand in the suite's properties, as
`score`, `max_score`, `pending_points` and, for each task, `task:<id>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from grader.model.outcomes import Outcome, Status
from grader.model.results import Result, TestResult
from grader.model.runs import Row, RunRecord
from grader.reports.student_view import explanation, heading
from grader.reports.text import clean, number, one_line

_FAILURES = frozenset({Outcome.FAILED})
_SECONDS = ".3f"


def junit_xml(record: RunRecord, rows: Sequence[Row]) -> str:
    """The whole run. Texts of submissions hold only characters that XML 1.0 allows."""
    root = ElementTree.Element("testsuites", name="grader")
    for row in rows:
        root.append(_suite(record, row.result))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(record: RunRecord, result: Result) -> ElementTree.Element:
    cases = [_case(test) for test in result.tests] or [_no_tests(result)]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(one_line(result.student)),
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
        time=format(result.seconds, _SECONDS),
        timestamp=record.started,
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _figures(result):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    suite.extend(cases)
    return suite


def _figures(result: Result) -> list[tuple[str, str]]:
    return [
        ("assignment", result.assignment),
        ("status", result.status.value),
        ("score", number(result.score)),
        ("max_score", number(result.max_score)),
        ("pending_points", number(result.pending_points)),
        *((f"task:{task}", number(points)) for task, points in result.task_points.items()),
    ]


def _case(test: TestResult) -> ElementTree.Element:
    # The title is for people and may stand twice; the id is a case's name that no other has.
    case = ElementTree.Element(
        "testcase", classname=_text(test.task), name=_text(test.id), time=format(test.seconds, _SECONDS)
    )
    if test.outcome is Outcome.PASSED:
        return case
    if test.outcome is Outcome.PENDING:
        kind = "skipped"
    else:
        kind = "failure" if test.outcome in _FAILURES else "error"
    told = ElementTree.SubElement(case, kind, type=test.outcome.value, message=_text(heading(test)))
    told.text = _text(explanation(test))
    return case


def _no_tests(result: Result) -> ElementTree.Element:
    """A submission of which nothing ran must not look like one in which nothing failed."""
    case = ElementTree.Element("testcase", classname="submission", name=result.status.value, time="0.000")
    if result.status is not Status.GRADED:
        ElementTree.SubElement(
            case, "error", type=result.status.value, message=_text(one_line(result.message))
        )
    return case


def _count(cases: Sequence[ElementTree.Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))


def _text(text: str) -> str:
    """Cleaned, and without the two code points beside controls that XML 1.0 forbids."""
    return clean(text).replace("\ufffe", "").replace("\uffff", "")
