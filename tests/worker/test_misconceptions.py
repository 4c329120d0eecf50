"""A planted misconception is what all the rest of its file sees."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from grader.worker.loader import CannotLoad, HandIns
from grader.worker.misconceptions import declared, plant

REFERENCE = """
from __future__ import annotations

def area(r):
    return 3 * r * r

def double(r, how=area):
    return 2 * how(r)

def volume(r, h):
    return area(r) * h

class Base:
    def size(self):
        return "right"

class Derived(Base):
    pass

TABLE = {"area": area, "base": Base}
rate: float = 0.5
steps = [rate, rate]
"""
WRONG = """
from hw import area, Base
from grader import misconception

@misconception("area", "The radius is not squared.")
def not_squared(r):
    return area(r) / r

@misconception("Base", "It is wrong.")
class WrongBase(Base):
    def size(self):
        return "wrong, not " + super().size()

@misconception("area", "It is nothing.", file="other.py")
def elsewhere(r):
    return 0

class Innocent(WrongBase):
    pass
"""


@pytest.fixture
def hand_ins() -> Iterator[HandIns]:
    path, modules = list(sys.meta_path), set(sys.modules)
    found = HandIns({"hw.py": REFERENCE.encode(), "misconceptions.py": WRONG.encode()})
    found.install()
    yield found
    sys.meta_path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def planted(hand_ins: HandIns, label: str) -> ModuleType:
    mark, wrong = declared(hand_ins.load("misconceptions.py"))[label]
    return plant(hand_ins, "hw.py", mark.name, wrong)


def test_what_is_declared_is_listed_in_order(hand_ins: HandIns) -> None:
    found = declared(hand_ins.load("misconceptions.py"))
    assert [(m.label, m.name, m.file) for m, _ in found.values()] == [
        ("not_squared", "area", None),
        ("WrongBase", "Base", None),
        ("elsewhere", "area", "other.py"),
    ]
    assert found["not_squared"][0].sentence == "The radius is not squared."


def test_callers_default_arguments_and_tables_see_it(hand_ins: HandIns) -> None:
    module = planted(hand_ins, "not_squared")
    assert module.area(2) == 6
    assert module.double(2) == 12
    assert module.volume(2, 5) == 30
    assert module.TABLE["area"](2) == 6


def test_subclasses_and_tables_see_a_planted_class(hand_ins: HandIns) -> None:
    module = planted(hand_ins, "WrongBase")
    assert module.Derived().size() == "wrong, not right"
    assert module.TABLE["base"]().size() == "wrong, not right"
    assert module.area(2) == 12


def test_an_annotated_name_can_be_replaced(hand_ins: HandIns) -> None:
    assert plant(hand_ins, "hw.py", "rate", 7.0).steps == [7.0, 7.0]


def test_a_name_that_is_not_defined_is_refused(hand_ins: HandIns) -> None:
    with pytest.raises(CannotLoad, match=r"replaces `nothing`, which hw\.py does not define"):
        plant(hand_ins, "hw.py", "nothing", None)
