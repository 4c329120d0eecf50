"""What only IPython understands is dropped; what is Python stays as it was, line by line."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.worker.magics import plain_python


@pytest.mark.parametrize(
    ("cell", "plain", "dropped"),
    [
        ("!pip install x\ny = 1", "pass\ny = 1", ((1, "!pip install x"),)),
        ("%matplotlib inline", "pass", ((1, "%matplotlib inline"),)),
        ("if x:\n    !ls\ny = 1", "if x:\n    pass\ny = 1", ((2, "!ls"),)),
        ("f?\n?f\nf??\ny = 1", "pass\npass\npass\ny = 1", ((1, "f?"), (2, "?f"), (3, "f??"))),
        ("files = !ls\nt = %timeit -o f()\ny = 1", "pass\npass\ny = 1",
         ((1, "files = !ls"), (2, "t = %timeit -o f()"))),
        ("!pip install \\\n  x\ny = 1", "pass\n\ny = 1", ((1, "!pip install x"),)),
        ("!echo 'it (\ny = 1", "pass\ny = 1", ((1, "!echo 'it ("),)),
        ("%%bash\nrm -rf /\ny = 1", "", ((1, "%%bash"),)),
        ("\n%%writefile f.py\ny = 1", "", ((2, "%%writefile f.py"),)),
        ("%%time\ny = 1\n!ls", "\ny = 1\npass", ((1, "%%time"), (3, "!ls"))),
        ("%time y = f(1)", "y = f(1)", ((1, "%time y = f(1)"),)),
        ("%run other.py\r\ny = 1", "pass\ny = 1", ((1, "%run other.py"),)),
    ],
)  # fmt: skip
def test_magics_are_dropped_and_told(cell: str, plain: str, dropped: tuple[tuple[int, str], ...]) -> None:
    found = plain_python(cell)
    assert found.source.rstrip("\n") == plain
    assert found.dropped == dropped


@pytest.mark.parametrize(
    "cell",
    [
        "y = (a\n     % b)",
        "y = a \\\n  % b",
        's = """\n%matplotlib inline\n!rm\nwhat?\n"""',
        "s = '''\\\n%%bash\n'''",
        "x = {  # why?\n  1: '!',\n}",
        "x != 3\nx %= 2",
        "# 50 %\n# why?",
    ],
)
def test_python_is_left_alone_also_beside_a_magic(cell: str) -> None:
    assert plain_python(cell).source == cell
    with_magic = plain_python(cell + "\n%matplotlib inline\n")
    assert with_magic.source == cell + "\npass\n"
    assert len(with_magic.dropped) == 1


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["x = 1", "(", ")", "'", '"""', "!ls", "%who", "a?", "\\", "  y", "#?", "%%time"])
    )
)
def test_lines_keep_their_numbers_and_nothing_is_invented(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = plain_python(text)
    kept = found.source.split("\n")
    assert len(kept) <= len(lines) or not lines
    for line, before in zip(kept, lines, strict=False):
        assert line in (before, "", line[: len(line) - len(line.lstrip())] + "pass")


@settings(deadline=None)
@given(st.text(alphabet="()'\"\\%!?\n= xpas#", max_size=60))
def test_what_is_python_is_never_changed(text: str) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return
    assert plain_python(text).source == text
