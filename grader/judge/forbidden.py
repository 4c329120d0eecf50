"""`@pytest.mark.forbid("torch.nn.LSTM", ...)`: names of torch that a task's code must not use.

Judged when the test's body has passed, from two kinds of evidence, each enough by itself:

- the source, parsed in a worker of its own, in which none of it runs: every use in the definitions that
  the task's names reach, so that what another task of the same file may use is no offence here;
- what was seen while the code ran: calls of the name however it was reached, modules of a forbidden
  class, operations that only the forbidden name leads to.

Source that makes names from pieces at run time is seen when it runs; code that keeps torch's modes from
seeing it (another thread, the modes turned off) is seen by its source. Code that does both is not seen.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import PurePath
from types import ModuleType
from typing import Any

import pytest
import torch

from grader.checks.failure import Failure
from grader.judge.exam import DESK, Exam
from grader.judge.verdicts import check_failed, no_answer
from grader.subjects.base import Ended, Returned
from grader.subjects.wording import bad_reply
from grader.worker.names import found, spellings

_MOST_SHOWN = 5
_SENTENCES = {
    "call": "your code calls {name}",
    "module": "your code makes a module of the class {name}, or of one derived from it",
    "operation": "your code leads to the operation that does the work of {name}",
}
Uses = Mapping[str, list[list[Any]]]
"""As `grader.worker.sources` gives them."""
_SHAPES = ([int, str], [int, str, int])


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After the body of a test that bears the marker: nothing forbidden may have been used."""
    result = yield
    desk = pyfuncitem.config.stash.get(DESK, None)
    if desk is not None and pyfuncitem.get_closest_marker("forbid") is not None:
        expect_nothing_forbidden(desk.exam)
    return result


def expect_nothing_forbidden(exam: Exam) -> None:
    """Raise the verdict if the source or the record of the calls shows a forbidden name."""
    check = "forbid"
    answer = exam.survey_student()
    if isinstance(answer, Ended):
        raise no_answer(answer, check)
    if not isinstance(answer, Returned):
        failure = Failure(sentence=f"your file cannot be read: {answer.types[0]}: {answer.text}")
        raise check_failed(failure, check, "unreadable")
    uses = _read(answer.value)
    if uses is None:
        raise no_answer(bad_reply("malformed"), check)
    signals = [*_in_source(exam, uses), *_as_seen(exam)]
    if signals:
        names = sorted({name for name, _ in signals})
        sentences = list(dict.fromkeys(sentence for _, sentence in signals))
        first = f"{sentences[0]}, which this task forbids"
        failure = Failure(sentence=first, figures=tuple(sentences[1:_MOST_SHOWN]))
        raise check_failed(failure, check, names)


def _as_seen(exam: Exam) -> Iterator[tuple[str, str]]:
    for one in exam.seen:
        if one.name in exam.spec.forbid:
            yield one.name, _SENTENCES[one.how].format(name=one.name)


def _in_source(exam: Exam, uses: Uses) -> Iterator[tuple[str, str]]:
    """Each forbidden use in what the task's names reach, with its line."""
    stem = PurePath(exam.spec.file).stem
    forbidden = {name: spellings(name) for name in exam.spec.forbid}
    for definition in reached(uses, [f"{stem}.{name}" for name in exam.spec.names]):
        for line, used, *cell in uses[definition]:
            for name, others in forbidden.items():
                if _stands_for(used, name, others):
                    file = definition.partition(".")[0]
                    where = f"{file}.ipynb, cell {cell[0]}" if cell else f"{file}.py"
                    yield name, f"{where}, line {line}, uses {used}"


def reached(uses: Uses, roots: list[str]) -> list[str]:
    """The definitions that these names are or use, directly or through others, in a fixed order."""
    waiting, known = list(roots), dict[str, None]()
    while waiting:
        name = waiting.pop(0)
        definition = next((one for one in _prefixes(name) if one in uses), None)
        if definition is not None and definition not in known:
            known[definition] = None
            waiting += [used for _, used, *_ in uses[definition]]
    return list(known)


def _prefixes(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _stands_for(used: str, name: str, others: frozenset[str]) -> bool:
    """Whether a name in the source is a forbidden one, in another spelling, or something inside it."""
    if used.partition(".")[0] != "torch":
        return False
    target = found(name)
    return any(one in others or (one != "torch" and _object(one) is target) for one in _prefixes(used))


def _object(name: str) -> Any:
    """What a name that a student wrote stands for, looked up without running any code of torch."""
    value: Any = torch
    for step in name.split(".")[1:]:
        value = vars(value).get(step) if isinstance(value, ModuleType | type) else None
    return value


def _read(claim: Any) -> Uses | None:
    """What the worker says that the source says, if it has that shape."""
    if not isinstance(claim, dict):
        return None
    for name, uses in claim.items():
        if not isinstance(name, str) or not isinstance(uses, list):
            return None
        if not all(isinstance(one, list) and [type(part) for part in one] in _SHAPES for one in uses):
            return None
    return claim
