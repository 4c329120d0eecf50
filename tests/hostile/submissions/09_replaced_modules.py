"""Wrong answers, put in the place of every module that may hold the right ones."""

import sys
import types

_fake = types.ModuleType("homework")
_fake.double = _fake.label = _fake.spread = _fake.total = lambda *_: None
for _name in ("homework", "reference", "solution", "solutions", "tests", "test_small", "misconceptions"):
    sys.modules[_name] = _fake
for _name in list(sys.modules):
    if _name.startswith(("grader.judge", "grader.checks", "grader.subjects")):
        sys.modules[_name] = _fake


def double(*_):
    return None


label = spread = total = double
