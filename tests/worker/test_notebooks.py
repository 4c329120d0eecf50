"""Notebooks as hand-ins: what is read of the file, what is dropped, what runs, and what is told."""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.names import MAX_NOTEBOOK_BYTES, most_bytes
from grader.worker.cells import MAX_NOTES, CellRules
from grader.worker.loader import CannotLoad, HandIns
from grader.worker.notebooks import MAX_CELLS, MAX_CODE_BYTES, read_notebook
from grader.worker.sources import survey
from tests.worker.notebook_files import code, notebook, version_3


@pytest.fixture(autouse=True)
def _clean_modules() -> Iterator[None]:
    path, modules = list(sys.meta_path), set(sys.modules)
    yield
    sys.meta_path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def loaded(*cells: str, **rules: Any) -> tuple[ModuleType, list[str]]:
    """The module of a notebook, and what is told."""
    hand_ins = HandIns({"hw.ipynb": notebook(*cells)}, rules=CellRules(**rules))
    hand_ins.install()
    return hand_ins.load("hw.py"), hand_ins.ran("hw.py").notes


def sources(data: bytes) -> list[str]:
    return [cell.source for cell in read_notebook("hw.ipynb", data).cells]


# --- reading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "broken JSON at line 1, column 1"),
        (b'{"cells": [', "broken JSON at line 1, column 12"),
        (b"def f():\n    pass\n", "broken JSON"),
        (b"\x93NUMPY", "not UTF-8 text"),
        (b"[1, 2]", "its JSON is a list"),
        (b"[" * 200_000, "RecursionError"),
        (b'{"nbformat": 4, "a": ' + b"9" * 10_000 + b"}", "ValueError"),
        (b"{}", "does not say its format's version"),
        (b'{"nbformat": "4", "cells": []}', "does not say its format's version"),
        (b'{"nbformat": 5, "cells": []}', "version 5 of the notebook format; 4 is the newest"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": [7]}', "no list of cells"),
        (notebook(code(None)), "cell 1 of all its cells has no text"),
        (notebook("x = 1", code([1, 2])), "cell 2 of all its cells has no text"),
        (notebook({"cell_type": "sql", "metadata": {}, "source": "x"}), "not a valid notebook"),
        (notebook({"cell_type": ["code"], "source": "x"}), "cannot be read as a notebook"),
        (notebook(*[""] * (MAX_CELLS + 1)), "has 5,001 cells; the limit is 5,000"),
        (notebook("#" * MAX_CODE_BYTES, "x = 1"), "bytes of code; the limit is 1,048,576"),
        (b" " * (MAX_NOTEBOOK_BYTES + 1), "clear its outputs"),
    ],
)
def test_a_file_that_is_no_notebook_says_why(data: bytes, message: str) -> None:
    with pytest.raises(CannotLoad, match=message):
        read_notebook("hw.ipynb", data)


def test_a_notebook_may_be_larger_than_a_file_because_of_its_outputs() -> None:
    assert most_bytes("hw.ipynb") == 16 * most_bytes("hw.py") == MAX_NOTEBOOK_BYTES
    data = notebook(code("x = 1", outputs=[{"text": "A" * 3 * 2**20}]))
    assert most_bytes("hw.py") < len(data) < most_bytes("hw.ipynb")
    assert sources(data) == ["x = 1"]


def test_a_hundred_thousand_cells_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(CannotLoad, match="100,000 cells"):
        read_notebook("hw.ipynb", json.dumps({"nbformat": 4, "cells": [None] * 100_000}).encode())


def test_outputs_metadata_and_attachments_do_not_matter_however_wrong_they_are() -> None:
    output = {"output_type": "no such type", "data": {"image/png": "A" * 5_000_000}}
    forged = {"nbgrader": {"grade": True, "points": 1e9, "locked": False, "schema_version": "x"}}
    data = notebook(code("x = 1", outputs=[output], metadata=forged, attachments=7, execution_count="last"))
    assert sources(data) == ["x = 1"]
    assert read_notebook("hw.ipynb", data).repairs == ()


def test_an_old_notebook_is_upgraded_and_that_is_told() -> None:
    read = read_notebook("hw.ipynb", version_3("x = 1", "y = 2"))
    assert [cell.source for cell in read.cells] == ["x = 1", "y = 2"]
    assert read.repairs == ("it was upgraded from version 3 of the notebook format",)


def test_cells_that_share_an_id_are_told_apart_and_that_is_told() -> None:
    read = read_notebook("hw.ipynb", notebook(code("x = 1", id="a"), code("y = 2", id="a")))
    assert [cell.source for cell in read.cells] == ["x = 1", "y = 2"]
    assert read.repairs == ("1 of its cells had the id of another and got a new one",)


@pytest.mark.parametrize("minor", [0, 2, 4, 5, 9])
def test_every_minor_version_is_read_with_and_without_ids(minor: int) -> None:
    without = json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": [code("x = 1")]})
    assert sources(without.encode()) == ["x = 1"]
    assert sources(notebook("x = 1", nbformat_minor=minor)) == ["x = 1"]


def test_cells_are_numbered_as_a_run_of_all_numbers_them() -> None:
    text = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
    raw = {"cell_type": "raw", "metadata": {}, "source": "no code"}
    read = read_notebook("hw.ipynb", notebook(text, "x = 1", "  \n", raw, code(["y = 2\n", "z = 3"])))
    assert [(cell.number, cell.source) for cell in read.cells] == [(1, "x = 1"), (2, "y = 2\nz = 3")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["cells", "cell_type", "source", "metadata", "worksheets", "id", "input"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(cells=json_values, version=st.sampled_from([2, 3, 4]))
def test_whatever_json_comes_it_is_code_or_a_reason(cells: Any, version: int) -> None:
    content = {"nbformat": version, "nbformat_minor": 5, "cells": cells, "worksheets": [{"cells": cells}]}
    try:
        read_notebook("hw.ipynb", json.dumps(content).encode())
    except CannotLoad as error:
        assert str(error).startswith("hw.ipynb ")


# --- running -------------------------------------------------------------------------------------------


def test_cells_run_in_order_as_one_module() -> None:
    module, notes = loaded("import torch\nx = torch.ones(2)", "def f(y):\n    return y + x", "z = f(x)")
    assert module.z.tolist() == [2, 2]
    assert module.__name__ == "hw"
    assert notes == []


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("1 / 0", "hw.ipynb, cell 2, line 1: ZeroDivisionError: division by zero"),
        ("y = 1\n\nf(None)", "hw.ipynb, cell 2: at hw.ipynb, cell 1, line 2: TypeError: unsupported operand"),
        ("def g(:\n    pass", "hw.ipynb, cell 2, line 1: SyntaxError: invalid syntax: def g(:"),
        ("x = 'a\\ud800'\n'\0'", "hw.ipynb, cell 2"),
        ("raise SystemExit(0)", "hw.ipynb, cell 2: ended the program"),
        ("import sys; sys.exit('bye')", "hw.ipynb, cell 2: ended the program"),
        ("await f(1)", "hw.ipynb, cell 2: not run, because `await` outside of a function works in IPython"),
        ("while True:\n    pass", "hw.ipynb, cell 2: ran over its 0.3 s and was stopped"),
        ("try:\n    while True: pass\nexcept BaseException:\n    while True: pass", "ran over its 0.3 s"),
        ("def deep(n):\n    return deep(n + 1)\ndeep(0)", "RecursionError"),
        ("class Odd(Exception):\n    def __str__(self): raise OSError\nraise Odd", "Odd: <its text cannot"),
    ],
)
def test_a_cell_that_goes_wrong_is_told_and_later_cells_run(cell: str, told: str) -> None:
    module, notes = loaded("def f(x):\n    return x + 1", cell, "after = f(1)", seconds=0.3)
    assert module.after == 2
    assert len(notes) == 1
    assert told in notes[0]


def test_names_from_before_the_failing_line_survive() -> None:
    module, _ = loaded("x = 1\nraise ValueError\nx = 2", "y = x")
    assert (module.x, module.y) == (1, 1)


def test_what_needs_a_person_or_a_screen_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    module, notes = loaded(
        "display(1)\nshell = get_ipython()",
        "name = input('Who? ')",
        "import os\nscreen = os.environ['MPLBACKEND']",
    )
    assert (module.shell, module.screen) == (None, "Agg")
    assert notes == ["hw.ipynb, cell 2, line 1: EOFError: EOF when reading a line"]
    assert "MPLBACKEND" not in os.environ


def test_when_the_time_for_all_cells_is_spent_only_definitions_run() -> None:
    slow = "import time\ntime.sleep(0.25)"
    module, notes = loaded(slow, slow, slow, slow, "def f(): return 1", "trained = f()", seconds=0.2)
    assert module.f() == 1
    assert not hasattr(module, "trained")
    assert [note for note in notes if "from here on only definitions were run" in note]


def test_a_cell_that_was_slow_before_is_hurried() -> None:
    module, notes = loaded("x = 1\nwhile True: pass", "y = 2", seconds=60, hurried=frozenset({1}))
    assert (module.x, module.y) == (1, 2)
    assert notes == ["hw.ipynb, cell 1: ran over its 1 s and was stopped"]


def test_a_thousand_failing_cells_are_told_in_a_few_lines() -> None:
    _, notes = loaded(*["1 / 0"] * 1000)
    assert len(notes) == MAX_NOTES + 1
    assert notes[-1] == "hw.ipynb: and more of the kind"


def test_an_import_from_the_future_holds_for_later_cells_as_in_a_file() -> None:
    module, notes = loaded("from __future__ import annotations", "def f(x: NoSuchName): return x")
    assert module.f.__annotations__ == {"x": "NoSuchName"}
    assert notes == []


def test_tracebacks_and_sources_name_cell_and_line() -> None:
    module, _ = loaded("x = 1", "# first\ndef f():\n    return 1 / 0")
    assert inspect.getsource(module.f) == "def f():\n    return 1 / 0"
    with pytest.raises(ZeroDivisionError) as caught:
        module.f()
    told = "".join(traceback.format_exception(caught.value))
    assert 'File "hw.ipynb, cell 2", line 3, in f\n    return 1 / 0' in told


def test_classes_can_be_saved_and_made_dataclasses() -> None:
    module, notes = loaded("import dataclasses", "@dataclasses.dataclass\nclass Point:\n    x: int = 1")
    assert dataclasses.asdict(module.Point()) == {"x": 1}
    assert module.Point.__module__ == "hw"
    assert notes == []


def test_hand_ins_of_both_forms_import_each_other_and_a_file_stands_before_a_notebook() -> None:
    hand_ins = HandIns({"one.py": b"import two\nx = two.y", "two.ipynb": notebook("y = 5"),
                        "three.py": b"z = 1", "three.ipynb": notebook("z = 2")})  # fmt: skip
    hand_ins.install()
    assert hand_ins.load("one.ipynb").x == 5
    assert hand_ins.load("three.py").z == 1


# --- definitions ---------------------------------------------------------------------------------------

KEPT = """
import torch
from torch import nn
try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None
LR: float = 1e-3
SIZES = [2 * n for n in (1, 2)]
LAST = SIZES[-1]
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
class Net(nn.Module):
    def forward(self, x): return x
async def later(): await later()
def train(net): raise RuntimeError("an hour of training")
if LR > 1:
    LR = 1
"""
LEFT_OUT = """
net = Net()
losses = train(net)
train(net)
print(losses)
for _ in range(9): train(net)
with torch.no_grad(): train(net)
while True: pass
assert False
del LR
raise SystemExit
if train(net): x = 1
"""


def test_definitions_are_kept_and_nothing_else_runs() -> None:
    module, notes = loaded(KEPT, *LEFT_OUT.strip().split("\n"), "def g(): return 1", run="definitions")
    assert notes == []
    assert (module.LR, module.LAST, module.DEVICE.type, module.g()) == (1e-3, 4, module.DEVICE.type, 1)
    assert module.Net()(3) == 3
    assert not {"net", "losses", "x"} & set(vars(module))


def test_lines_are_counted_as_before_where_statements_are_left_out() -> None:
    module, _ = loaded("print('training')\n\ndef f():\n    return 1 / 0", run="definitions")
    with pytest.raises(ZeroDivisionError) as caught:
        module.f()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 4


# --- survey --------------------------------------------------------------------------------------------


def test_the_source_of_a_notebook_is_surveyed_with_cell_and_line() -> None:
    cells = [
        "import torch.nn as nn\n!nvidia-smi",
        "def broken(:",
        "# a comment\ndef f(x):\n    return nn.Linear(2, 3)(x)",
    ]
    facts = survey(HandIns({"hw.ipynb": notebook(*cells)}), None)
    assert facts["hw.f"] == [[3, "torch.nn.Linear", 3]]


def test_a_notebook_that_cannot_be_read_has_no_source() -> None:
    assert survey(HandIns({"hw.ipynb": b"{"}), None) == {}


# --- the same as a file --------------------------------------------------------------------------------

statements = st.sampled_from(
    ["x = 1", "x = x + 1", "def f(a):\n    return a % 3", "y = [\n  1,\n  7 % 4]", 's = """\n%ls\n!x\n"""',
     "if x:\n    z = f(x)", "# a comment?", "class C:\n    v = 5", "y = (x\n     % 2)"]
)  # fmt: skip


@settings(deadline=None)
@given(parts=st.lists(statements, max_size=8), cuts=st.sets(st.integers(0, 8)))
def test_plain_code_means_the_same_however_it_is_cut_into_cells(parts: list[str], cuts: set[int]) -> None:
    parts = ["x = 0\ndef f(a): return a", *parts]
    bounds = sorted({0, len(parts), *(cut for cut in cuts if cut < len(parts))})
    cells = ["\n".join(parts[a:b]) for a, b in pairwise(bounds)]
    as_file: dict[str, Any] = {}
    exec("\n".join(parts), as_file)
    module, notes = loaded(*cells)
    assert notes == []
    same = ("x", "y", "s", "z")
    assert [vars(module).get(name) for name in same] == [as_file.get(name) for name in same]


def test_a_tensor_keeps_its_default_kind() -> None:
    module, _ = loaded("import torch", "x = torch.ones(1)")
    assert module.x.dtype == torch.float32
