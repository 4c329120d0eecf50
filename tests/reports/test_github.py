"""What GitHub is told: lines marked, points whole, and no text of a submission is a command or markup."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from grader.model.outcomes import Outcome, Status
from grader.reports.github import class_summary, classroom_result, error_commands, job_summary
from tests.reports.samples import HOSTILE, check, result

SOURCES = {"hw.py": "import torch\n\n\ndef dot(a, b):\n    return a\n"}


def test_an_exception_is_marked_at_the_students_line() -> None:
    raised = check("dot", Outcome.ERROR, message="ValueError: no\n  hw.py, line 5, in dot: return a")
    (line,) = error_commands([raised], SOURCES, {"hw.py": "a6/hw.py"})
    assert line.startswith("::error file=a6/hw.py,line=5,title=dot%3A About dot.::")
    assert "%0A" in line and "\n" not in line


def test_a_wrong_value_is_marked_where_the_task_is_defined() -> None:
    (line,) = error_commands([check("dot", Outcome.FAILED, message="12 values differ")], SOURCES, {})
    assert line.startswith("::error file=hw.py,line=4,")


def test_a_frame_that_only_claims_a_file_marks_nothing_else() -> None:
    forged = check("mask", Outcome.FAILED, message="  secret.py, line 1, in f: x")
    (line,) = error_commands([forged], SOURCES, {})
    assert line.startswith("::error title=")


def test_github_shows_ten_and_no_more_are_sent() -> None:
    assert len(error_commands([check("dot", Outcome.FAILED)] * 30, SOURCES, {})) == 10


@given(st.text())
@example("a\u2028::stop-commands::x\r\n\x85b")
def test_an_annotation_is_one_line_whatever_it_says(text: str) -> None:
    for line in error_commands([check("dot", Outcome.FAILED, message=text + HOSTILE)], SOURCES, {}):
        assert len(line.splitlines()) == 1
        assert line.count("::") >= 2 and line.startswith("::error ")


def test_the_payload_decodes_to_weighted_scores() -> None:
    tests = [
        check("dot", Outcome.PASSED, 4),
        check("mask", Outcome.FAILED, message="no"),
        check("dot", Outcome.TIMEOUT),
    ]
    payload = json.loads(base64.b64decode(classroom_result(tests)))
    assert (payload["version"], payload["status"], payload["max_score"]) == (1, "fail", 12)
    assert [(test["status"], test["score"]) for test in payload["tests"]] == [
        ("pass", 4),
        ("fail", 0),
        ("error", 0),
    ]
    assert set(payload["tests"][0]) == {
        "name", "status", "score", "message", "test_code", "filename", "line_no", "duration"
    }  # fmt: skip


def test_a_summary_has_tasks_with_points_and_reasons() -> None:
    text = job_summary("Attention", "4 of 8 points", [
        check("dot", Outcome.PASSED, 4), check("mask", Outcome.FAILED, misconception="It is upside down.")
    ])  # fmt: skip
    assert "| dot | 4 of 4 |  |" in text
    assert "| mask | 0 of 4 | It is upside down\\. |" in text


def test_untrusted_text_makes_no_markup_in_a_summary() -> None:
    bad = "<img src=x> [link](http://x) @everyone | ``` \n```\n# big"
    text = job_summary("T", "0", [check("dot", Outcome.FAILED, message=bad, misconception=bad)])
    blocks = re.findall(r"^(`{3,})text\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    rest = text.replace(blocks[0][1], "").replace("<details><summary>", "").replace("</summary>", "")
    assert "<img" not in rest.replace("\\<img", "") and "[link](" not in rest
    assert re.search(r"(?<![\\\w;])@everyone", rest) is None


def test_a_class_has_a_line_a_student() -> None:
    text = class_summary("Attention", [
        result("ann", Status.GRADED, check("dot", Outcome.PASSED, 4)), replace(result("bob|x", Status.FAULT))
    ])  # fmt: skip
    assert "| ann | graded | 4 of 10 points |" in text and "bob\\|x" in text
