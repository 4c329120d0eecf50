"""Pages of results: what they say, to whom, and that a submission's text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from functools import cache
from urllib.parse import unquote

import pytest
from hypothesis import given, settings

from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.people import Late, Person
from grader.model.results import SubmissionInfo, TestResult
from grader.model.runs import Row
from grader.reports.html.documents import Drawn
from grader.reports.html.pages import HandedIn, Pages, Sheet
from grader.reports.html.views import Audience
from grader.reports.text import clean
from tests.reports.htmls import by_class, elements, parsed, skeleton, text_of, texts
from tests.reports.samples import check, class_rows, record, result

SECRET = "hidden input was 7.25"
LOADING = {"script", "link", "iframe", "object", "embed", "base", "img", "form", "video", "audio", "svg"}
SHEET = Sheet(name="hw.py", drawn=Drawn(html='<pre class="source">x = 1</pre>'))


def hidden(test: TestResult, **more: object) -> TestResult:
    return replace(test, visibility=Visibility.HIDDEN, **more)


def page(row: Row, audience: Audience = Audience.STUDENT, *, images: bool = False, **more: object) -> str:
    return pages(audience, images=images).submission(row, HandedIn(**{"sheets": (SHEET,), **more}))


@cache
def pages(audience: Audience, *, images: bool) -> Pages:
    return Pages(record([]), audience, images=images)


def index(rows: list[Row], audience: Audience = Audience.STUDENT, **more: object) -> str:
    return Pages(record(rows, **more), audience, images=False).index(rows)


def without_style(html: str) -> str:
    """Most of a page is style, which takes long to parse."""
    return re.sub(r"<style>.*?</style>", "", html, count=1, flags=re.DOTALL)


def worded(word: str) -> Row:
    """A result in which everything that a student can choose is this word."""
    test = check("dot", Outcome.ERROR, message=word, misconception=word, hint=word)
    handed_in = SubmissionInfo(path=word, digest="d", files=(word,), notes=(word,))
    made = result(word, Status.GRADED, replace(test, title=word), message=word)
    return Row(key="k", result=replace(made, submission=handed_in))


def refused(word: str) -> Sheet:
    return Sheet(name=word, drawn=Drawn(problem=word, notes=(word,)))


@settings(deadline=None, max_examples=50)
@given(text=texts())
@pytest.mark.parametrize("audience", Audience)
def test_a_students_text_changes_no_tag_and_no_attribute(audience: Audience, text: str) -> None:
    text = f"w{text}w"  # what is blank is left out together with its element
    made, plain = (
        parsed(without_style(page(worded(word), audience, problem=word, sheets=(refused(word),))))
        for word in (text, "w")
    )
    assert skeleton(made) == skeleton(plain)
    assert text_of(by_class(made, "message")[0]) == clean(text)


@settings(deadline=None, max_examples=30)
@given(text=texts())
def test_a_students_text_changes_nothing_in_the_table_of_the_class(text: str) -> None:
    text = f"w{text}w"
    made, plain = (
        index([worded(word)], Audience.STAFF, notes=(word,), absent=(Person(key="a", name=word),))
        for word in (text, "w")
    )
    assert skeleton(parsed(without_style(made))) == skeleton(parsed(without_style(plain)))


@pytest.mark.parametrize("images", [True, False])
def test_nothing_runs_and_nothing_is_loaded(images: bool) -> None:
    rows = class_rows()
    for html in [index(rows), *(page(row, Audience.STAFF, images=images) for row in rows)]:
        tree = parsed(html)
        [style] = [one for one in elements(tree) if one.tag == "style"]
        digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
        policy = next(one.get("content", "") for one in elements(tree) if one.get("http-equiv"))
        wanted = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        is_table = '<body class="class-page">' in html
        assert policy == (f"{wanted}; img-src data:" if images and not is_table else wanted)
        assert not {one.tag for one in elements(tree)} & LOADING
        assert "style" not in {name for one in elements(tree) for name in one.attrib}
        assert "@import" not in (style.text or "") and "url(" not in (style.text or "")


def test_the_policy_comes_before_anything_that_it_is_about() -> None:
    head = [one for one in elements(parsed(index(class_rows()))) if one.tag in ("meta", "style", "title")]
    assert head[0].get("charset") == "utf-8" and head[1].get("http-equiv") == "Content-Security-Policy"


def test_a_page_says_what_a_student_needs() -> None:
    row = class_rows()[1]
    text = text_of(parsed(page(row)))
    assert "bob" in text and "0.333 of 10 points" in text and "x = 1" in text
    for said in ("12 of 40 values differ", "square root of d_k", "no answer within 5 s", "timeout"):
        assert said in text


def test_of_a_hidden_test_a_student_sees_what_the_judge_chose_for_students() -> None:
    found = "a hidden test fails: rows and columns are exchanged"
    failed = check("dot", Outcome.FAILED, message=found, misconception="Why so.", hint="Look there.")
    html = page(Row(key="k", result=result("ann", Status.GRADED, hidden(failed, seed=991))))
    assert "991" not in html and "public/test_dot.py" not in html
    text = text_of(parsed(html))
    assert found in text and "Why so." in text and "Look there." in text and "About dot." in text
    assert "hidden" in [text_of(one) for one in by_class(parsed(html), "tag")]


def test_staff_see_everything() -> None:
    test = hidden(check("dot", Outcome.FAILED, message=SECRET), seed=991, cpu_seconds=0.25)
    text = text_of(parsed(page(Row(key="k", result=result("ann", Status.GRADED, test)), Audience.STAFF)))
    for said in (SECRET, "991", "public/test_dot.py::test", "0.250 s", "/s/ann", "d" * 64, "level 3"):
        assert said in text


def test_of_a_fault_a_student_sees_only_that_it_is_not_theirs() -> None:
    test = check("dot", Outcome.FAULT, message=SECRET)
    row = Row(key="k", result=result("ann", Status.FAULT, test, message="The judge failed: " + SECRET))
    assert SECRET not in page(row) and "not your fault" in page(row)
    assert page(row, Audience.STAFF).count(SECRET) == 2


def test_a_passed_test_needs_no_words() -> None:
    test = check("dot", Outcome.PASSED, 4, misconception="No.", hint="No.", message="took the fused call")
    assert "No." not in page(Row(key="k", result=result("ann", Status.GRADED, test)))


def test_a_page_says_why_a_file_is_not_shown() -> None:
    broken = Sheet(name="hw.ipynb", drawn=Drawn(problem="It is damaged."))
    assert "Not shown: It is damaged." in page(class_rows()[0], sheets=(broken,))
    assert "its digest differs" in page(class_rows()[0], sheets=(), problem="its digest differs")


def test_the_table_has_everybody_and_leads_to_their_pages() -> None:
    keys = ("a b", "é%41", "c#1", "d?x", "e&amp;", "f")
    rows = [Row(key=key, result=row.result) for row, key in zip(class_rows(), keys, strict=True)]
    tree = parsed(index(rows, absent=(Person(key="z", name="zoe"),), submissions=9))
    links = [unquote(one.get("href", "")) for one in elements(tree) if one.tag == "a"]
    assert links == [f"submissions/{row.key}.html" for row in rows]
    text = text_of(tree)
    for said in ("ann", "zoe", "absent", "not graded yet", "rejected", "4/4, 6 pending", "mean 3.583"):
        assert said in text


def test_the_table_tells_reasons_only_to_staff() -> None:
    test = hidden(check("dot", Outcome.FAILED, message=SECRET))
    row = Row(key="k", result=result("ann", Status.GRADED, test))
    assert SECRET in index([row], Audience.STAFF) and SECRET not in index([row])


def test_being_late_is_told() -> None:
    late = Late(seconds=9e4, days=2, penalty=1)
    row = Row(key="k", result=replace(class_rows()[0].result, late=late, raw_score=10.0))
    assert "2 days late: 1 points off" in page(row) and "2 days late" in index([row])
    assert ">late<" not in index(class_rows())


def test_no_results_at_all_make_a_table() -> None:
    assert "0 (none graded)" in index([], counts={}, tasks=(), isolation=None)
