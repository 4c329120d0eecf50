"""Hand-in files become modules: without a disk, without each other's names, as a disk would have them."""

from __future__ import annotations

import dataclasses
import inspect
import io
import linecache
import sys
import traceback
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch

from grader.worker.loader import MAX_SOURCE_BYTES, CannotLoad, HandIns


@pytest.fixture(autouse=True)
def _clean_modules() -> Iterator[None]:
    path, modules = list(sys.meta_path), set(sys.modules)
    yield
    sys.meta_path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def installed(**files: str) -> HandIns:
    hand_ins = HandIns({f"{stem}.py": text.encode() for stem, text in files.items()})
    hand_ins.install()
    return hand_ins


def test_hand_ins_import_each_other_by_stem() -> None:
    hand_ins = installed(first_part="import second_part\nx = second_part.y + 1", second_part="y = 1")
    assert hand_ins.load("first_part.py").x == 2
    assert sys.modules["second_part"].y == 1


def test_a_hand_in_comes_before_an_installed_module_of_its_name() -> None:
    assert installed(antigravity="mine = True").load("antigravity.py").mine


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"def f(:\n", SyntaxError, "invalid syntax"),
        (b"x = 1\n  y = 2\n", IndentationError, "unexpected indent"),
        ("# ä\n".encode("latin-1"), CannotLoad, "hw.py cannot be read as text: .*save it as UTF-8"),
        ("x = 1".encode("utf-16"), CannotLoad, "cannot be read as text"),
        (b"# coding: klingon\n", CannotLoad, "cannot be read as text"),
        (b"x = 1\0", (CannotLoad, SyntaxError), "null bytes"),
        (b"#" * (MAX_SOURCE_BYTES + 1), CannotLoad, "hw.py is 1,048,577 bytes; the limit is 1,048,576"),
        (b"x = " + b"-" * 500_000 + b"1", CannotLoad, "hw.py cannot be parsed"),
    ],
)
def test_a_file_that_is_no_module_says_why(data: bytes, error: type[Exception], message: str) -> None:
    hand_ins = HandIns({"hw.py": data})
    hand_ins.install()
    with pytest.raises(error, match=message):
        hand_ins.load("hw.py")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbfx = 1",
        b"x = 1\r\ny = 2\r\n",
        "# coding: latin-1\nx = 'ä'".encode("latin-1"),
        b"x = 1\ry = 2",
    ],
)
def test_odd_but_valid_files_load(data: bytes) -> None:
    hand_ins = HandIns({"hw.py": data})
    hand_ins.install()
    assert hand_ins.load("hw.py").__name__ == "hw"


def test_a_file_that_was_not_handed_in_says_what_was() -> None:
    with pytest.raises(CannotLoad, match=r"b.py was not handed in \(found: a.py, c.py\)"):
        installed(c="", a="").load("b.py")


def test_an_import_that_raised_is_tried_again_afresh() -> None:
    hand_ins = installed(hw="raise ValueError('no')")
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            hand_ins.load("hw.py")
    assert "hw" not in sys.modules


def test_the_source_is_there_for_tracebacks_and_inspect() -> None:
    module = installed(hw="def f(x):\n    return 1 / x\n\n\nclass A:\n    n = 1\n").load("hw.py")
    assert inspect.getsource(module.f) == "def f(x):\n    return 1 / x\n"
    assert inspect.getsource(module.A) == "class A:\n    n = 1\n"
    linecache.checkcache()
    try:
        module.f(0)
    except ZeroDivisionError:
        shown = traceback.format_exc()
    assert 'File "hw.py", line 2, in f\n    return 1 / x' in shown


def test_the_path_shown_is_the_one_asked_for() -> None:
    hand_ins = HandIns({"hw.py": b"def f(): pass"}, {"hw.py": "some/where/hw.py"})
    hand_ins.install()
    assert hand_ins.load("hw.py").f.__code__.co_filename == "some/where/hw.py"


def test_dataclasses_and_future_annotations_work() -> None:
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass, field\n"
        "@dataclass\nclass P:\n    x: int\n    y: list[int] = field(default_factory=list)\n"
    )
    module = installed(hw=text).load("hw.py")
    assert dataclasses.asdict(module.P(1)) == {"x": 1, "y": []}


def test_a_class_can_be_saved_and_loaded_by_torch() -> None:
    module = installed(hw="import torch\nclass Net(torch.nn.Linear):\n    pass\n").load("hw.py")
    file = io.BytesIO()
    torch.save(module.Net(1, 1), file)
    file.seek(0)
    assert type(torch.load(file, weights_only=False)) is module.Net


def test_two_sets_of_equal_names_are_kept_apart() -> None:
    student = HandIns({"hw.py": b"import extra\nwho = 'student'", "extra.py": b"x = 1"})
    reference = HandIns({"hw.py": b"import extra\nwho = 'reference'", "extra.py": b"x = 2"})
    mine = ModuleType("extra")
    sys.modules["extra"] = mine
    found = []
    for hand_ins in (student, reference, student, reference):
        with hand_ins.active():
            module = hand_ins.load("hw.py")
            found.append((module.who, module.extra.x, module))
        assert sys.modules["extra"] is mine
    assert [entry[:2] for entry in found[:2]] == [("student", 1), ("reference", 2)]
    assert found[0] == found[2]
    assert found[1] == found[3]


def test_modules_are_put_back_when_the_code_raises() -> None:
    hand_ins = HandIns({"hw.py": b"raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt), hand_ins.active():
        hand_ins.load("hw.py")
    assert hand_ins not in sys.meta_path
    assert "hw" not in sys.modules
