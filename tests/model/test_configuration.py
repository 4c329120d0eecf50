"""`autograder.yml` is read strictly, and everything that is wrong is said at once, with its line."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.model.configuration import assignment_of, find_root, load_course
from grader.model.course import Assignment, Course, Limits, Task
from grader.model.course_rules import RESERVED_TASKS
from grader.model.errors import ConfigurationError, UsageError

PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

GOOD = """\
course: PyTorch from tensors to Transformers
isolation: best
limits: {call_s: 5, import_s: 10, submission_s: 120, memory_mb: 1024, output_kb: 256, reply_mb: 256}
assignments:
  a6_attention:
    title: Attention
    files: [attention.py, fix_attention.py]
    due: 2026-12-01T23:59:00+08:00
    warm: [torch.nn, torch.optim]
    tasks:
      scaled_dot_product_attention: {points: 12}
      causal_mask: {names: [causal_mask, causal_attention], points: 9.5}
      fix_attention: {file: fix_attention.py, names: [attention], points: 8}
      bonus: {points: 3, extra: true}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def load(tmp_path: Path, text: str | bytes) -> Course:
    path = tmp_path / "autograder.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_course(path)


def complaints(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        load(tmp_path, text)
    return str(error.value).splitlines()


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_course_is_read_whole(tmp_path: Path) -> None:
    course = load(tmp_path, GOOD)
    attention = course.assignments["a6_attention"]
    assert course.limits == Limits()
    assert attention.files == ("attention.py", "fix_attention.py")
    assert attention.due.astimezone(UTC).isoformat() == "2026-12-01T15:59:00+00:00"
    assert attention.tasks["causal_mask"] == Task(names=("causal_mask", "causal_attention"), points=9.5)
    assert attention.max_score == 29.5
    assert list(attention.tasks) == ["scaled_dot_product_attention", "causal_mask", "fix_attention", "bonus"]
    assert load_course(tmp_path) == course, "the folder will do"


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    text = "course: C\nassignments: {a: {title: A, files: [a.py], tasks: {t: {points: 1}}}}\n"
    assert load(tmp_path, text) == Course(
        course="C", assignments={"a": Assignment(title="A", files=("a.py",), tasks={"t": Task(points=1)})}
    )


def test_anchors_and_merges_may_be_used(tmp_path: Path) -> None:
    text = changed(
        "scaled_dot_product_attention: {points: 12}",
        "scaled_dot_product_attention: &big {points: 12}\n      same: {<<: *big, extra: true}",
    )
    assert load(tmp_path, text).assignments["a6_attention"].tasks["same"] == Task(points=12, extra=True)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            "title: Attention",
            "titel: Attention",
            "6: assignments.a6_attention.titel: unknown key; did you mean 'title'?",
        ),
        ("title: Attention\n", "\n", "5: assignments.a6_attention.title: this key is missing"),
        ("call_s: 5", "call_s: 0", "3: limits.call_s: must be greater than 0; given 0"),
        ("call_s: 5", "call_s: 1e9", "3: limits.call_s: must be"),
        ("memory_mb: 1024", "memory_mb: 1", "3: limits.memory_mb: must be at least 64; given 1"),
        ("memory_mb: 1024", "memory_mb: 1.5", "3: limits.memory_mb: must be a whole number; given 1.5"),
        ("memory_mb: 1024", "memory_mb: '1024'", '3: limits.memory_mb: must be a whole number; given "1024"'),
        ("import_s: 10", "import_s: 4000", "3: limits.import_s: must be at most 3600; given 4000"),
        ("isolation: best", "isolation: 4", "2: isolation: must be one of 'best', 0, 1, 2 or 3; given 4"),
        ("isolation: best", "isolation: yes", "2: isolation: must be best, 0, 1, 2 or 3; given true"),
        (
            "points: 12",
            "points: yes",
            "tasks.scaled_dot_product_attention.points: must be a number; given true",
        ),
        ("points: 12", "points: .inf", "points: must be a finite number"),
        ("points: 12", "points: -1", "points: must be at least 0; given -1"),
        (
            "{points: 12}",
            "12",
            "11: assignments.a6_attention.tasks.scaled_dot_product_attention: must be a mapping; ",
        ),
        ("extra: true", "extra: 1", "extra: must be true or false; given 1"),
        (
            "[attention.py, fix",
            "[attention.txt, fix",
            "7: assignments.a6_attention.files[0]: must be an importable",
        ),
        ("[attention.py, fix", "[../attention.py, fix", "files[0]: must be an importable"),
        ("[attention.py, fix", "[class.py, fix", "files[0]: must be an importable"),
        ("[attention.py, fix", "[fix_attention.ipynb, fix", "files[1]: a second file for the module"),
        (
            "[attention.py, fix_attention.py]",
            "[]",
            "7: assignments.a6_attention.files: at least one hand-in file",
        ),
        ("[attention.py, fix_attention.py]", "attention.py", "files: must be a list"),
        ("+08:00", "", "8: assignments.a6_attention.due: needs a time zone"),
        ("T23:59:00+08:00", "", "8: assignments.a6_attention.due: must be a date, time and time zone"),
        ("due: 2026-12-01", "due: 2026-13-01", "8: assignments.a6_attention.due: cannot be read"),
        (
            "warm:",
            "handed_out: [a.py, ../b.py]\n    warm:",
            "a6_attention.handed_out[1]: must be a file's name",
        ),
        ("torch.optim", "torch optim", "9: assignments.a6_attention.warm[1]: must be a module's name"),
        (
            "file: fix_attention.py",
            "file: fix.py",
            "'fix.py' is not among the assignment's files: attention.py",
        ),
        ("causal_attention]", "causal-attention]", "'causal-attention' is not a name in Python"),
        ("bonus:", "bo-nus:", "'bo-nus' is not a name in Python; give the task names"),
        ("bonus:", "class:", "'class' is not a name in Python"),
        ("bonus:", "student:", "cannot be called 'student'"),
        ("bonus:", "'a/b':", "a task's id is letters"),
        ("[attention]", "[attention, attention]", "'attention' of fix_attention.py is graded already"),
        ("causal_attention]", "scaled_dot_product_attention]", "is graded already by the task 'scaled_dot"),
        ("a6_attention:", "../a6:", "an assignment's id is letters"),
        ("course: P", "course: X\ncourse: P", "2: course: the key stands twice, first in line 1"),
        ("  a6_attention:", "  ? [a]\n  : 3\n  a6_attention:", "a key must be a word"),
        ("isolation: best", "isolation: !!python/name:os.system x", "2: isolation: cannot be read"),
        ("limits: {", "limits: &l {more: *l, ", "contains itself through an alias"),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    said = complaints(tmp_path, changed(old, new))
    assert all(line.startswith("autograder.yml:") for line in said)
    assert any(wanted in line for line in said), said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "autograder.yml:1: is empty; allowed keys: course"),
        ("- a\n", "autograder.yml:1: must be a mapping"),
        ("course: [\n", "autograder.yml:2: not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: 1\nb: \x00", "autograder.yml:2: not valid YAML: the character U+0000"),
        (b"course: C\ntitle: \xff\n", "autograder.yml:2: not UTF-8 text"),
        ("course: C\nassignments: {}\n", "2: assignments: a course needs at least one assignment"),
        (
            "course: C\nassignments: {a: {title: A, files: [a.py], tasks: {}}}\n",
            "tasks: at least one task is needed",
        ),
        (
            "course: C\nassignments: {a: {title: A, files: [a.py], tasks: {t: {points: 0}}}}\n",
            "tasks: the points of the tasks, without extra credit, sum to 0",
        ),
    ],
)
def test_a_file_that_is_no_course_is_said(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    assert any(wanted in line for line in complaints(tmp_path, text))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_course(tmp_path / "autograder.yml")


def test_everything_is_said_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = changed("call_s: 5", "cal_s: 5").replace("title: Attention", "title: 3")
    text = (
        text.replace("file: fix_attention.py", "file: no.py")
        + "  b:\n    files: [b.py]\n    due: 2026-01-01 10:00:00\n"
    )
    text += "    title: B\n    tasks: {t: {points: 1, file: c.py}}\nmore: 1\n"
    said = complaints(tmp_path, text)
    lines = [int(line.split(":")[1]) for line in said]
    assert lines == sorted(lines)
    for wanted in ("limits.cal_s", "a6_attention.title", "b.due", "b.tasks.t.file", "more: unknown key"):
        assert any(wanted in line for line in said), wanted


def test_every_unknown_key_lists_the_allowed_ones(tmp_path: Path) -> None:
    for kind, text in (
        (Course, GOOD + "zzz: 1\n"),
        (Limits, changed("call_s: 5", "zzz: 5")),
        (Assignment, changed("title: Attention", "title: Attention\n    zzz: 1")),
        (Task, changed("extra: true", "zzz: true")),
    ):
        (said,) = [line for line in complaints(tmp_path, text) if "zzz" in line]
        assert said.endswith("allowed here: " + ", ".join(entry.name for entry in fields(kind)))


@PATIENTLY
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["course", "assignments", "limits", "files", "tasks", "title", "a"])
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=15,
    )
)
def test_any_yaml_is_a_course_or_a_list_of_complaints(folder: Path, data) -> None:
    path = folder / "autograder.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    try:
        assert isinstance(load_course(path), Course)
    except ConfigurationError as error:
        assert all(line.startswith("autograder.yml") for line in str(error).split("\nautograder.yml")[:1])


@PATIENTLY
@given(st.text(alphabet="ab:{}[]&*!|>-?<'\"#%@`\n \t,0\x85\ufeff", max_size=40))
def test_any_text_is_a_course_or_a_list_of_complaints(folder: Path, text: str) -> None:
    path = folder / "autograder.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"^autograder\.yml"):
        load_course(path)


def test_the_root_is_found_from_below(tmp_path: Path) -> None:
    below = tmp_path / "assignments" / "a1"
    below.mkdir(parents=True)
    with pytest.raises(UsageError, match="Run the command inside the course's folder"):
        find_root(below)
    (tmp_path / "autograder.yml").write_text(GOOD)
    assert find_root(below) == find_root(tmp_path) == tmp_path


def test_an_unknown_assignment_is_answered_with_near_names(tmp_path: Path) -> None:
    course = load(tmp_path, GOOD)
    assert assignment_of(course, "a6_attention").title == "Attention"
    with pytest.raises(UsageError, match=r"Did you mean 'a6_attention'\? It has: a6_attention"):
        assignment_of(course, "a6_atention")
    with pytest.raises(UsageError, match=r"course\. It has"):
        assignment_of(course, "zzz")


def test_reserved_tasks_are_the_columns_of_the_grades_table() -> None:
    from grader.reports.files import LEADING, TRAILING

    assert frozenset({*LEADING, *TRAILING}) == RESERVED_TASKS


def test_which_cells_of_notebooks_run_is_chosen_for_each_assignment(tmp_path: Path) -> None:
    course = load(tmp_path, changed("title: Attention", "title: Attention\n    cells: definitions"))
    assert course.assignments["a6_attention"].cells == "definitions"
    assert load(tmp_path, GOOD).assignments["a6_attention"].cells == "all"
    (said,) = complaints(tmp_path, changed("title: Attention", "title: Attention\n    cells: some"))
    assert said.startswith("autograder.yml:7: assignments.a6_attention.cells: must be one of 'all' or 'def")
