"""What `grader release --out` hands to students: all that they need, and nothing of the solutions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.handout import hand_out
from grader.model.configuration import load_course
from grader.model.course import Assignment, Limits, Task
from grader.model.errors import AuthoringError, UsageError
from grader.subjects.base import Frame, Raised
from grader.subjects.tape import Tape, TapedCall, TapedTest, dumps

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
ASSIGNMENT = Assignment(title="One", files=("hw.py",), tasks={"f": Task(points=1)})
LONG = 40
"""Characters of a line that nobody writes twice by chance."""
STAND_INS = {
    'return self.stoi.get(token, self.stoi["<unk>"])': "a4's probes bring a vocabulary of their own",
    "return F.linear(x, self.weight, self.bias)": "a3's probes have a layer by what its task forbids",
    "packed = nn.utils.rnn.pack_padded_sequence(": "a test of a5 packs to have what packing gives",
    "for name, parameter in model.named_parameters():": "a8's probes freeze parameters",
    "opt = torch.optim.SGD(model.parameters(), lr, momentum=0.9)": "a8's probes make the optimizer",
}
"""Lines that the author's public files have in common with a reference, each with the reason."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    for name, assignment in COURSE.assignments.items():
        hand_out(ROOT, name, assignment, folder)
    return folder


@pytest.mark.parametrize("name", COURSE.assignments)
def test_students_get_what_they_need(out: Path, name: str) -> None:
    files = {path.name for path in (out / "assignments" / name).iterdir()}
    wanted = {"README.md", "expected.tape", *COURSE.assignments[name].files}
    wanted |= {file.replace(".py", ".ipynb") for file in COURSE.assignments[name].files}
    assert wanted <= files
    assert any(file.startswith("test_") for file in files)


def test_no_file_of_the_solutions_is_among_them(out: Path) -> None:
    given = {path.read_bytes() for path in out.rglob("*") if path.is_file()}
    secret = {path.read_bytes() for path in (ROOT / "solutions").rglob("*") if path.is_file()}
    assert not given & (secret - {b""})
    names = {part for path in out.rglob("*") for part in path.relative_to(out).parts}
    assert not names & {"solutions", "misconceptions.py", "alternatives", "autograder.yml"}


@pytest.mark.parametrize("name", COURSE.assignments)
def test_no_hidden_tests_name_or_title_is_told(out: Path, name: str) -> None:
    public = set(titles_in(ROOT / "assignments" / name))
    hidden = [one for one in titles_in(ROOT / "solutions" / name) if one not in public]
    assert hidden
    told = everything(out / "assignments" / name)
    known = {text for one in public for text in one}
    for test, title in hidden:
        assert test in known or f"{test}(".encode() not in told
        assert len(title) < LONG or title in known or title.encode() not in told


@pytest.mark.parametrize("name", COURSE.assignments)
def test_no_line_of_a_references_body_is_told(out: Path, name: str) -> None:
    folder = out / "assignments" / name
    files = COURSE.assignments[name].files
    starter = "".join((folder / file).read_text() for file in files)
    secret = {line for line in body_lines(ROOT / "solutions" / name) if line not in starter}
    assert secret
    generated = [folder / "expected.tape", *folder.glob("*.ipynb")]
    for line in secret:
        assert not any(line.encode() in path.read_bytes() for path in generated), line
    by_hand = everything(folder)
    found = {line for line in secret if len(line) >= LONG and line.encode() in by_hand}
    assert found <= set(STAND_INS)


def everything(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.iterdir()))


def titles_in(folder: Path) -> list[tuple[str, str]]:
    """Name and title of the tests in a folder."""
    trees = [ast.parse(path.read_text()) for path in sorted(folder.glob("test_*.py"))]
    return [
        (node.name, (ast.get_docstring(node) or "").partition("\n")[0])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def body_lines(folder: Path) -> Iterator[str]:
    """The lines that say something, of the functions of references, alternatives and misconceptions."""
    for path in folder.rglob("*.py"):
        if path.name.startswith("test_"):
            continue
        text = path.read_text()
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                spans = [lines[part.lineno - 1 : part.end_lineno] for part in body]
                yield from (line.strip() for span in spans for line in span if len(line.strip()) >= 25)


# --- a course of its own -------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "course"
    for part in ("assignments", "solutions"):
        (made / part / "a1").mkdir(parents=True)
    (made / "solutions/a1/hw.py").write_text("def f(x):\n    return x * 2\n")
    for file in ("hw.py", "hw.ipynb", "test_hw.py", "README.md", "expected.tape", "table.csv"):
        (made / "assignments/a1" / file).write_text(file)
    return made


def test_what_is_not_known_is_left_out_and_told(root: Path, tmp_path: Path) -> None:
    folder = root / "assignments/a1"
    (folder / "solution_draft.py").write_text("secret")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/hw.pyc").write_text("")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / "notes").mkdir()
    (folder / "notes/test_later.py").write_text("secret")
    (folder / "link.csv").symlink_to("/etc/hostname")
    handout = hand_out(root, "a1", ASSIGNMENT, tmp_path / "out")
    assert handout.files == ("README.md", "expected.tape", "hw.ipynb", "hw.py", "table.csv", "test_hw.py")
    assert handout.left_out == ("link.csv", "notes/test_later.py", "solution_draft.py")
    assert sorted(path.name for path in handout.folder.iterdir()) == sorted(handout.files)


def test_a_file_that_the_assignment_names_goes_out_too(root: Path, tmp_path: Path) -> None:
    (root / "assignments/a1/demo.py").write_text("import hw")
    named = replace(ASSIGNMENT, handed_out=("demo.py",))
    handout = hand_out(root, "a1", named, tmp_path / "out")
    assert (handout.folder / "demo.py").read_text() == "import hw" and not handout.left_out
    (root / "assignments/a1/demo.py").unlink()
    with pytest.raises(AuthoringError, match=r"hands out demo\.py, and .* has no such file"):
        hand_out(root, "a1", named, tmp_path / "other")


@pytest.mark.parametrize("name", COURSE.assignments)
def test_every_file_that_a_readme_runs_goes_out(out: Path, name: str) -> None:
    folder = out / "assignments" / name
    run = re.findall(rf"python assignments/{name}/(\S+)", (folder / "README.md").read_text())
    assert all((folder / file).is_file() for file in run)
    if name == "a8_training":
        assert "sentiment.py" in run


def test_an_earlier_release_is_overwritten_and_anything_else_is_not_mixed_in(
    root: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    hand_out(root, "a1", ASSIGNMENT, out)
    (root / "assignments/a1/README.md").write_text("new")
    assert (hand_out(root, "a1", ASSIGNMENT, out).folder / "README.md").read_text() == "new"
    (out / "assignments/a1/old_solution.py").write_text("")
    with pytest.raises(UsageError, match=r"holds what this release does not write: old_solution\.py"):
        hand_out(root, "a1", ASSIGNMENT, out)


@pytest.mark.parametrize("where", [".", "assignments", "assignments/a1/for_students"])
def test_the_course_itself_is_no_place_for_it(root: Path, where: str) -> None:
    with pytest.raises(UsageError, match="is the course itself"):
        hand_out(root, "a1", ASSIGNMENT, root / where)


def test_a_solution_under_a_starters_name_does_not_go_out(root: Path, tmp_path: Path) -> None:
    (root / "assignments/a1/hw.py").write_text("def f(x):\n    return x * 2\n")
    with pytest.raises(AuthoringError, match="is the same file as"):
        hand_out(root, "a1", ASSIGNMENT, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tape_has_no_line_of_a_reference_that_raises() -> None:
    frame = Frame(file="hw.py", line=2, function="f", text="raise ValueError(the_secret_rule)")
    answer = Raised(types=("ValueError", "Exception"), text="no", frames=(frame,))
    call = TapedCall(target="f", inputs=None, answer=answer)
    tape = Tape(
        assignment_id="a1", assignment=ASSIGNMENT, limits=Limits(), torch="2", hidden={},
        tests={"public/test_hw.py::test_f": TapedTest(calls=(call,))},
    )  # fmt: skip
    assert b"the_secret_rule" not in dumps(tape)
