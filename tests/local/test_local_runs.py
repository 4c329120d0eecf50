"""What a student sees of plain `pytest`: real subprocesses on a folder of an assignment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests import warm
from tests.judge.course import Course
from tests.worker.notebook_files import notebook

WITHOUT_GPU = """
    import os, sys
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import pytest
    pytest.main(["-p", "no:cacheprovider", *sys.argv[1:]])
"""
PUBLIC = '''
pytestmark = pytest.mark.task("f")

@pytest.mark.points(2)
@pytest.mark.hint("Think twice.")
def test_double(agree, rand):
    """Doubles a tensor."""
    agree("f", rand(3))

@pytest.mark.points(1)
def test_three(student):
    assert student.call("f", 3) == 6
'''
REFERENCE = "def f(x):\n    return x * 2\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course.make(tmp_path, tasks={"f": 3}, public=PUBLIC, reference=REFERENCE, limits="{call_s: 1}")
    (tmp_path / "assignments" / "a1" / "hw.py").write_text("def f(x):\n    return x * 3\n")
    return made


def run(folder: Path, *options: str, typed: str = "", program: str = "", fresh: bool = False) -> str:
    """The standard output of pytest, or of a program that runs it, in a folder.

    A `fresh` one is for what hangs on how torch is imported, or on its not being imported at all.
    """
    names = ("PATH", "HOME", "TMPDIR", "OMP_NUM_THREADS")
    keep = {name: os.environ[name] for name in names if name in os.environ}
    command = ["-c", textwrap.dedent(program)] if program else ["-m", "pytest", "-p", "no:cacheprovider"]
    if not fresh:
        done = warm.run([*command, *options], cwd=folder, environment=keep, typed=typed, timeout=60)
        return done.stdout + done.stderr
    done = subprocess.run(
        [sys.executable, *command, *options],
        cwd=folder,
        env=keep,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_a_wrong_answer_is_explained_with_points_and_hint(course: Course) -> None:
    said = run(course.root, "assignments/a1")
    assert "Doubles a tensor.  [f, 2 points, failed]" in said
    assert "wrong values" in said
    assert "Hint: Think twice." in said
    assert "assert 9 == 6" in said
    assert "0 of 3 points in 2 tests" in said


def test_another_file_and_a_choice_of_tests(course: Course, tmp_path: Path) -> None:
    other = tmp_path / "mine.py"
    other.write_text(REFERENCE)
    said = run(course.root, "assignments/a1", "--submission", str(other), "-k", "double")
    assert "2 of 2 points in 1 test\n" in said
    assert "1 passed, 1 deselected" in said


def test_a_task_is_chosen_by_its_name(tmp_path: Path) -> None:
    public = """
@pytest.mark.task("by_three")
@pytest.mark.points(1)
def test_no_word_of_its_task(agree):
    agree("f", 3)

@pytest.mark.task("f")
@pytest.mark.points(1)
def test_something_else(agree):
    agree("f", 4)
"""
    made = Course.make(tmp_path, tasks={"by_three": 1, "f": 1}, public=public, reference=REFERENCE)
    (tmp_path / "assignments/a1/hw.py").write_text(REFERENCE)
    assert "1 passed, 1 deselected" in run(made.root, "assignments/a1", "-k", "by_three")


def test_the_table_has_no_gaps(course: Course) -> None:
    (course.root / "assignments/a1/hw.py").write_text(REFERENCE)
    lines = run(course.root, "assignments/a1").splitlines()
    heading = next(number for number, line in enumerate(lines) if "a1: First" in line)
    assert lines[heading + 1 : heading + 4] == ["  f      3 of 3", "", "3 of 3 points in 2 tests"]


def test_a_test_that_waits_for_a_gpu_is_called_pending_beside_the_points_that_are_there(
    course: Course,
) -> None:
    file = course.root / "assignments/a1/test_hw.py"
    devices = 'parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)'
    on_both = f"@pytest.mark.{devices}\n@pytest.mark.points(1)\ndef test_three(student, device)"
    file.write_text(file.read_text().replace("@pytest.mark.points(1)\ndef test_three(student)", on_both))
    (course.root / "assignments/a1/hw.py").write_text(REFERENCE)
    said = run(course.root, "assignments/a1", program=WITHOUT_GPU)
    assert "3 of 3      pending: needs a GPU, which is not here" in said, said


def test_the_debugger_enters_the_students_frame(course: Course) -> None:
    (course.root / "assignments/a1/hw.py").write_text(
        "def f(x):\n    inside = 41 + 1\n    return x @ inside\n"
    )
    said = run(course.root, "assignments/a1", "--pdb", "-k", "three", typed="p 'inside is', inside\nq\n")
    assert "('inside is', 42)" in said


def test_a_breakpoint_stops_in_the_students_function_and_its_quit_ends_the_run(course: Course) -> None:
    text = "def f(x):\n    inside = 42\n    breakpoint()\n    return x * 2\n"
    (course.root / "assignments/a1/hw.py").write_text(text)
    said = run(course.root, "assignments/a1", "-s", typed="p 'inside is', inside\nc\nq\n")
    assert "('inside is', 42)" in said
    assert "Quitting debugger" in said


def test_an_endless_loop_ends(course: Course) -> None:
    (course.root / "assignments/a1/hw.py").write_text("def f(x):\n    while True:\n        pass\n")
    said = run(course.root, "assignments/a1")
    assert "f took longer than the limit of 1 s\n  assignments/a1/hw.py, line " in said
    assert ", in f: " in said
    assert "2 failed" in said


def test_what_is_not_done_yet_is_named_where_another_function_needs_it(course: Course) -> None:
    (course.root / "assignments/a1/hw.py").write_text(
        "def f(x):\n    return doubled(x)\n\ndef doubled(x):\n    raise NotImplementedError\n"
    )
    said = run(course.root, "assignments/a1", "-k", "three")
    assert "not done yet (NotImplementedError)\n  assignments/a1/hw.py, line 2, in f: " in said
    assert "\n  assignments/a1/hw.py, line 5, in doubled: raise NotImplementedError\n" in said


def test_a_test_of_the_students_own_stands_beside_ours(course: Course, tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert 1 == 1\n")
    said = run(course.root, "assignments/a1", "test_own.py")
    assert "2 failed, 1 passed" in said
    assert "0 of 3 points in 2 tests" in said


WITHOUT_UNIX = """
    import os, select, signal, sys, ctypes
    class Absent:
        def find_spec(self, name, path=None, target=None):
            if name in ("fcntl", "resource", "termios", "pwd", "grp", "cloudpickle"):
                raise ModuleNotFoundError("No module named " + repr(name), name=name)
    for name in ("fcntl", "resource", "termios"):
        sys.modules.pop(name, None)
    import pytest, torch, numpy
    sys.meta_path.insert(0, Absent())
    for owner, names in [(os, ["fork", "pidfd_open", "set_blocking"]), (select, ["poll", "epoll"]),
                         (signal, ["SIGALRM", "setitimer", "pidfd_send_signal", "pthread_sigmask"])]:
        for name in names:
            if hasattr(owner, name):
                delattr(owner, name)
    real = ctypes.CDLL.__init__
    def refuse(self, name, *args, **kwargs):
        if name is None:
            raise OSError("no such library")
        real(self, name, *args, **kwargs)
    ctypes.CDLL.__init__ = refuse
    sys.exit(pytest.main(["-p", "no:cacheprovider", "--capture=sys", "-p", "no:faulthandler", *sys.argv[1:]]))
"""


def test_a_local_run_needs_nothing_that_only_unix_has(course: Course) -> None:
    text = "def f(x):\n    if x is 3:\n        while True:\n            pass\n    return x * 2\n"
    (course.root / "assignments/a1/hw.py").write_text(text)
    said = run(course.root, "assignments/a1", program=WITHOUT_UNIX, fresh=True)
    assert "2 of 3 points in 2 tests" in said, said
    assert "f took longer than the limit of 1 s" in said


def test_an_unrelated_project_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_light():\n"
        "    heavy = {'torch', 'numpy', 'pydantic', 'grader.judge.local', 'grader.judge.fixtures'}\n"
        "    assert 'grader.plugin' in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    assert "1 passed" in run(tmp_path, fresh=True)


def test_a_copy_without_course_or_tape_runs_as_any_tests_do(course: Course, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(course.root / "assignments" / "a1", alone)
    assert "fixture 'agree' not found" in run(alone)


def released(course: Course, tmp_path: Path) -> Path:
    """The assignment's folder alone, with its tape, as students get it."""
    program = """
        import sys
        from pathlib import Path
        from grader.course.release import release
        release(Path(sys.argv[1]), "a1")
    """
    said = run(tmp_path, str(course.root), program=program)
    alone = tmp_path / "elsewhere" / "a1"
    shutil.copytree(course.root / "assignments" / "a1", alone)
    assert (alone / "expected.tape").is_file(), said
    return alone


def test_a_copy_of_the_folder_alone_has_its_tape(tmp_path: Path) -> None:
    wrong = (
        "from grader import misconception\n\n"
        '@misconception("f", "It multiplies by three.")\ndef thrice(x):\n    return x * 3\n'
    )
    course = Course.make(
        tmp_path / "course",
        tasks={"f": 3},
        public=PUBLIC,
        reference=REFERENCE,
        misconceptions=wrong,
        limits="{call_s: 1}",
    )
    (course.root / "assignments" / "a1" / "hw.py").write_text("def f(x):\n    return x * 3\n")
    alone = released(course, tmp_path)
    said = run(alone)
    assert "Why: It multiplies by three." in said
    assert "0 of 3 points in 2 tests" in said
    (alone / "hw.py").write_text(REFERENCE)
    assert "3 of 3 points in 2 tests" in run(alone, program=WITHOUT_UNIX, fresh=True)
    tests = (alone / "test_hw.py").read_text()
    (alone / "test_hw.py").write_text(tests.replace("rand(3)", "rand(4)"))
    assert "the test was changed, or expected.tape is of another version" in run(alone)


def test_an_unmarked_test_in_the_folder_runs_as_any_test_and_earns_nothing(course: Course) -> None:
    own = course.root / "assignments" / "a1" / "test_mine.py"
    own.write_text(
        "import hw\n\n\ndef test_own():\n    assert hw.f(2) == 6\n"
        "\n\ndef test_bad():\n    assert hw.f(2) == 4\n"
    )
    said = run(course.root, "assignments/a1")
    assert "test_mine.py .F" in said
    assert "0 of 3 points in 2 tests" in said


def test_a_notebook_is_checked_in_place_of_the_file(course: Course, tmp_path: Path) -> None:
    (tmp_path / "hw.ipynb").write_bytes(notebook("!nvidia-smi", "1 / 0", "def f(x):\n    return x @ 2"))
    said = run(course.root, "assignments/a1", "--submission", str(tmp_path / "hw.ipynb"))
    assert "cell 3, line 2, in f: return x @ 2" in said
    assert "note: hw.ipynb, cell 1, line 1: dropped, and not run: !nvidia-smi" in said
    assert "note: hw.ipynb, cell 2, line 1: ZeroDivisionError: division by zero" in said


def test_a_run_says_that_a_notebook_beside_the_file_was_worked_in_later(course: Course) -> None:
    made = course.root / "assignments/a1/hw.ipynb"
    made.write_bytes(notebook(REFERENCE))
    assert "note:" not in run(course.root, "assignments/a1")  # as it was handed out
    os.utime(made, (made.stat().st_atime, made.stat().st_mtime + 3600))
    said = run(course.root, "assignments/a1")
    assert "0 of 3 points" in said
    assert "note: assignments/a1/hw.ipynb was changed later, and not looked at: say --submission" in said
    said = run(course.root, "assignments/a1", "--submission", "assignments/a1/hw.ipynb")
    assert "3 of 3 points" in said
    (course.root / "assignments/a1/hw.py").unlink()
    assert "3 of 3 points" in run(course.root, "assignments/a1")
