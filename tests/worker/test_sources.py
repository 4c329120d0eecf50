"""What is read off a source without running it: uses of names of torch, definition by definition."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.worker.loader import HandIns
from grader.worker.sources import facts_of, survey

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"


def used(text: str, name: str = "f") -> set[str]:
    """The names that a definition uses, after three lines of imports."""
    facts = facts_of("hw", ast.parse(HEAD + textwrap.dedent(text)))
    return {used for _, used in facts.get(f"hw.{name}", [])}


@pytest.mark.parametrize(
    "body",
    [
        "return torch.nn.functional.conv2d(x)",
        "return F.conv2d(x)",
        "return nn.functional.conv2d(x)",
        "g = F.conv2d\n    return g(x)",
        "m = nn.functional\n    return m.conv2d(x)",
        "return getattr(F, 'conv2d')(x)",
        "return getattr(F, 'con' + 'v2d')(x)",
        "return getattr(F, f'{\"conv2d\"}')(x)",
        "return F.__dict__['conv2d'](x)",
        "return vars(F)['conv2d'](x)",
        "return vars(F).get('conv2d')(x)",
        "import importlib\n    return importlib.import_module('torch.nn.functional').conv2d(x)",
        "from torch.nn.functional import conv2d as slide\n    return slide(x)",
        "return [F.conv2d(y) for y in x]",
        "return (lambda y: F.conv2d(y))(x)",
        "def inner(y):\n        return F.conv2d(y)\n    return inner(x)",
        "return list(map(F.conv2d, x))[0].sum().item()",
        "return torch.relu(F.conv2d(x).sum())",
    ],
)
def test_a_use_is_found_however_it_is_written(body: str) -> None:
    assert "torch.nn.functional.conv2d" in used(f"def f(x):\n    {body}\n")


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    '''F.conv2d(x) would do.'''\n    return x  # F.conv2d",
        "def f(x):\n    return 'torch.nn.functional.conv2d'",
        "def f(x, F):\n    return F.conv2d(x)",
        "def f(x):\n    F = x\n    return F.conv2d(x)",
        "def f(x: nn.Conv2d) -> 'F.conv2d':\n    conv2d = x\n    return conv2d",
        "from torch.nn.functional import conv2d\ndef f(x):\n    return x",
        "def g(x):\n    return F.conv2d(x)\ndef f(x):\n    return x.conv2d",
        "def f(x):\n    return [F for F in x][0].conv2d",
    ],
)
def test_what_is_no_use_is_none(text: str) -> None:
    assert not {name for name in used(text) if "conv2d" in name.lower()}


def test_lines_and_references_to_own_definitions() -> None:
    facts = facts_of(
        "hw", ast.parse("import torch\ndef g(x):\n    return torch.relu(x)\ndef f(x):\n    return g(x)\n")
    )
    assert facts["hw.g"] == [[3, "torch.relu"]]
    assert facts["hw.f"] == [[5, "hw.g"]]


def test_what_only_a_script_runs_defines_nothing() -> None:
    text = "if __name__ == '__main__':\n    def f(x):\n        return F.conv2d(x)\n"
    assert used(text) == set()


def test_names_under_conditions_and_stars_are_followed() -> None:
    text = (
        "from torch.nn import *\ntry:\n    def f(x):\n        return LSTM(2, 3)\nexcept OSError:\n    f = 0\n"
    )
    assert "torch.nn.LSTM" in used(text)


def test_a_class_uses_its_bases_and_what_its_methods_use() -> None:
    text = "class f(nn.LSTM):\n    def forward(self, x):\n        return F.relu(x)\n"
    assert used(text) == {"torch.nn.LSTM", "torch.nn.functional.relu"}


def test_all_files_are_surveyed_and_a_broken_one_is_passed_over() -> None:
    files = {
        "a.py": b"import torch\ndef f(x): return torch.relu(x)",
        "b.py": b"def (",
        "c.py": b"\xff\xfe\x00",
    }
    assert survey(HandIns(files), None)["a.f"] == [[2, "torch.relu"]]


def test_a_misconception_stands_for_what_it_replaces() -> None:
    wrong = b"""
from grader import misconception
from hw import f
import torch
@misconception("f", "No.")
def fused(x):
    return torch.relu(x)
"""
    files = {"hw.py": b"def f(x): return x", "misconceptions.py": wrong}
    facts = survey(HandIns(files), "fused")
    assert facts["hw.f"] == [[6, "misconceptions.fused"]]
    assert facts["misconceptions.fused"][-1] == [7, "torch.relu"]


NAMES = st.sampled_from(["torch", "F", "nn", "f", "x", "conv2d"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, NAMES).map(lambda pair: f"{pair[0]}.{pair[1]}"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"getattr({pair[0]}, '{len(pair[1])}')"),
        inner.map(lambda text: f"[{text} for x in ({text},)]"),
        inner.map(lambda text: f"(lambda F: {text})({text})"),
    ),
    max_leaves=8,
)


@given(st.lists(EXPRESSIONS, max_size=4))
def test_any_source_is_read_and_only_names_are_found(expressions: list[str]) -> None:
    body = "".join(f"    {one}\n" for one in expressions) + "    return x\n"
    for name in used(f"def f(x):\n{body}"):
        assert name.split(".")[0] in ("torch", "hw")
        assert " " not in name
