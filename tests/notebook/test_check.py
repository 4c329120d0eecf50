"""`grader.notebook.check`: the public tests against a namespace that lives on."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from grader.model.errors import UsageError
from grader.model.outcomes import Outcome
from grader.notebook import check
from grader.reports.checked import Checked
from grader.worker.cells import remember
from tests.judge.course import Course

ROOT = Path(__file__).parents[2]
PUBLIC = '''
@pytest.mark.task("f")
@pytest.mark.points(2)
@pytest.mark.hint("Think <b>twice</b>.")
def test_double(agree, rand):
    """Doubles a tensor."""
    agree("f", rand(3))

@pytest.mark.task("g")
@pytest.mark.points(1)
@pytest.mark.forbid("torch.exp")
def test_g(agree, rand):
    agree("g", rand(3))
'''
REFERENCE = "import torch\ndef f(x):\n    return x * 2\ndef g(x):\n    return x.exp()\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    Course.make(root, tasks={"f": 2, "g": 1}, public=PUBLIC, reference=REFERENCE, limits="{call_s: 1}")
    return root / "assignments" / "a1"


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


class Kernel:
    """Runs cells one after the other in one namespace, each as a file of its own, as IPython does."""

    def __init__(self, folder: Path) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "check": check, "torch": torch}
        self.files: dict[str, int] = {}
        self._folder = folder

    def run(self, cell: str) -> Any:
        """Run a cell; gives the value of its `out`, if it sets one."""
        name = str(self._folder / "kernel" / f"{len(self.files) + 1}.py")
        self.files[name] = len(self.files) + 1
        remember(name, cell)
        exec(compile(cell, name, "exec"), self.names)
        return self.names.pop("out", None)

    def check(self, *task: str) -> Checked:
        made: Checked = self.run(f"out = check(*{task!r})")
        return made


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    made = Kernel(tmp_path)
    shell = SimpleNamespace(compile=SimpleNamespace(_filename_map=made.files))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    yield made


def test_a_task_is_checked_as_it_is_now_again_and_again(kernel: Kernel) -> None:
    kernel.run("def f(x):\n    return x * 3")
    first = kernel.check("f")
    assert (first.points, first.max_points, first.tasks) == (0, 2, ["f"])
    assert "Doubles a tensor.  [f, 2 points, failed]" in repr(first)
    kernel.run("def f(x):\n    return x * 2")
    assert kernel.check("f").points == 2


def test_without_a_task_all_that_are_in_the_notebook_are_checked(kernel: Kernel) -> None:
    kernel.run("def g(x):\n    return torch.e ** x")
    checked = kernel.check()
    assert (checked.points, checked.tasks) == (1, ["g"])
    assert "Not in this notebook: f." in repr(checked)


def test_functions_see_the_names_of_the_notebook(kernel: Kernel) -> None:
    kernel.run("FACTOR = 3")
    kernel.run("def f(x):\n    return x * FACTOR")
    assert kernel.check("f").points == 0
    kernel.run("FACTOR = 2")
    assert kernel.check("f").points == 2


def test_an_exception_names_the_cell_by_its_number(kernel: Kernel) -> None:
    kernel.run("x = 1")
    kernel.run("# a comment\ndef f(x):\n    return x @ 'a'")
    checked = kernel.check("f")
    assert checked.tests[0].outcome is Outcome.ERROR
    assert "cell In[2], line 3, in f: return x @ 'a'" in repr(checked)


def test_a_forbidden_name_is_found_in_what_holds_now_and_not_in_what_was_replaced(kernel: Kernel) -> None:
    kernel.run("from torch import exp as e")
    kernel.run("\ndef g(x):\n    return e(x)")
    assert "cell 2, line 3, uses torch.exp" in repr(kernel.check("g"))
    kernel.run("def g(x):\n    return torch.e ** x")
    assert kernel.check("g").points == 1


def test_what_is_missing_not_done_or_endless_is_told(kernel: Kernel) -> None:
    kernel.run("def ff(x): return x")
    assert "`f` is not defined (found: ff)" in repr(kernel.check("f"))
    kernel.run("def f(x): raise NotImplementedError")
    assert repr(kernel.check("f")).count("not done yet") == 1
    kernel.run("def f(x):\n    while True: pass")
    assert "f took longer than the limit of 1 s" in repr(kernel.check("f"))
    kernel.run("def f(x): raise SystemExit(3)")
    assert kernel.check("f").tests[0].outcome is Outcome.ERROR


def test_a_wrong_task_or_folder_is_an_error_that_says_what_there_is(
    kernel: Kernel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"no task 'ff'\. Did you mean 'f'"):
        kernel.check("ff")
    monkeypatch.chdir(folder.parents[1])
    with pytest.raises(UsageError, match=r"check\(folder='assignments/a1'\)"):
        kernel.check()
    kernel.run("def f(x): return 2 * x")
    assert kernel.run("out = check('f', folder='assignments/a1')").points == 2
    monkeypatch.chdir(folder.parents[2])
    with pytest.raises(UsageError, match="There are no tests of an assignment in"):
        kernel.check()


def test_a_test_file_that_cannot_be_imported_is_told(kernel: Kernel, tmp_path: Path) -> None:
    Course.make(tmp_path / "other", tasks={"f": 2}, public="import no_such_module\n", reference=REFERENCE)
    with pytest.raises(UsageError, match="No module named 'no_such_module'"):
        kernel.run(f"check(folder={str(tmp_path / 'other' / 'assignments' / 'a1')!r})")


def test_the_kernel_is_left_as_it_was(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    kernel.run("def f(x):\n    torch.set_default_dtype(torch.float64)\n    return x * 3")
    kernel.check("f")  # what is imported or started once, is
    torch.manual_seed(5)
    before = state()
    modules = set(sys.modules)
    kernel.check()
    assert state() == before
    assert not [name for name in set(sys.modules) - modules if "test_" in name or name == "probes"]
    assert set(kernel.names) == {"__name__", "__builtins__", "check", "torch", "f"}


def state() -> list[Any]:
    return [
        torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist(),
        torch.get_default_dtype(), torch.is_grad_enabled(), dict(os.environ), Path.cwd(),
        list(sys.path), list(sys.meta_path), sys.stdout, sys.stderr,
    ]  # fmt: skip


def test_a_copy_of_the_folder_alone_is_enough(kernel: Kernel, tmp_path: Path) -> None:
    alone = tmp_path / "a2_autograd"
    shutil.copytree(ROOT / "assignments" / "a2_autograd", alone)
    kernel.run((alone / "autograd.py").read_text())
    checked = kernel.run(f"out = check('frozen_forward', folder={str(alone)!r})")
    assert checked.points == 0
    assert checked.max_points > 0
    assert "more tests with" in repr(checked)


def test_any_name_that_a_task_grades_stands_for_the_task(kernel: Kernel) -> None:
    folder = ROOT / "assignments" / "a2_autograd"
    kernel.run((folder / "autograd.py").read_text())
    assert kernel.run(f"out = check('zero_grads', folder={str(folder)!r})").tasks == ["accumulate"]


def test_html_is_escaped_and_well_formed(kernel: Kernel) -> None:
    kernel.run("def f(x):\n    raise ValueError('</pre><script>alert(1)</script> \\x1b[31m')")
    page = kernel.check()._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
                         "details", "summary"}  # fmt: skip


class Tags(HTMLParser):
    """Which tags stand open, and which there were."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
