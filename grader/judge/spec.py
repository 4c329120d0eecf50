"""A collected test as a value: its id, task, points and markers, checked for mistakes of the author."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from grader.judge.markers import MARKERS
from grader.model.course import Assignment
from grader.model.outcomes import Visibility
from grader.worker.names import found

TRIVIAL_KINDS = ("zeros", "ones", "input", "mean")
_OURS = {name.split("(")[0] for name in MARKERS}
_PYTESTS = {"parametrize", "usefixtures", "filterwarnings", "skipif"}
_MOST = 10**6
_LIMITS = {"seconds": (int, float), "memory_mb": (int,), "processes": (int,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSpec:
    """What the markers and the place of a test say. `points` is what this case is worth."""

    __test__ = False  # not a test class of pytest's

    id: str
    title: str
    task: str
    file: str
    points: float
    visibility: Visibility
    hint: str | None = None
    gpu: bool = False
    timing: bool = False
    seconds: float | None = None
    memory_mb: int | None = None
    processes: int = 0
    trivial: tuple[str, str] | None = None
    names: tuple[str, ...] = ()
    """The names of the hand-in that the task grades."""
    forbid: tuple[str, ...] = ()


def test_id(item: pytest.Item, visibility: Visibility) -> str:
    """`public|hidden/<file>::<test>[case]`, whatever the root directory."""
    return f"{visibility}/{item.path.name}::{item.nodeid.split('::', 1)[1]}"


test_id.__test__ = False  # type: ignore[attr-defined]  # not a test function of pytest's


def is_marked(item: pytest.Item) -> bool:
    """Whether a test bears any of our markers."""
    return any(mark.name in _OURS for mark in item.iter_markers())


class SpecReader:
    """Reads the markers of a set of items, and collects every mistake on the way."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self.problems: list[str] = []

    def read(self, items: Sequence[tuple[pytest.Item, Visibility]]) -> list[TestSpec]:
        """One spec for each item. Mistakes go to `problems`."""
        sharing = Counter((_function_of(item), _needs_gpu(item)) for item, _ in items)
        return [self._spec(item, visibility, sharing) for item, visibility in items]

    def _spec(
        self, item: pytest.Item, visibility: Visibility, sharing: Counter[tuple[str, bool]]
    ) -> TestSpec:
        self._check_markers(item)
        self._check_device(item)
        gpu, function = _needs_gpu(item), _function_of(item)
        # The cases for the CPU have the points, so that full marks need no GPU; without any, those for a GPU.
        has_points = not gpu or not sharing[function, False]
        points = self._points(item) / sharing[function, gpu] if has_points else 0.0
        task = self._task(item)
        limits = self._limits(item)
        return TestSpec(
            id=test_id(item, visibility),
            title=_title(item),
            task=task,
            file=self._assignment.file_of(task) if task in self._assignment.tasks else "",
            points=points,
            visibility=visibility,
            hint=self._text(item, "hint"),
            gpu=gpu,
            timing=self._timing(item, limits),
            trivial=self._trivial(item),
            names=self._assignment.names_of(task) if task in self._assignment.tasks else (),
            forbid=self._forbidden(item),
            **limits,  # type: ignore[arg-type]  # checked in _limits
        )

    def _check_markers(self, item: pytest.Item) -> None:
        for mark in item.iter_markers():
            if mark.name not in _OURS | _PYTESTS:
                known = ", ".join(sorted(_OURS | _PYTESTS))
                self._problem(item, f"unknown marker `{mark.name}` (known: {known})")

    def _check_device(self, item: pytest.Item) -> None:
        """A case for the device "cuda" must wait for a GPU, and one for the CPU must not."""
        callspec = getattr(item, "callspec", None)
        device = callspec.params.get("device") if callspec is not None else None
        if not isinstance(device, str | torch.device):
            return
        try:
            kind = torch.device(device).type
        except RuntimeError:
            self._problem(item, f"{device!r} is no device of torch's")
            return
        if (kind != "cpu") != _needs_gpu(item):
            wanted = f'pytest.param("{kind}", marks=pytest.mark.gpu)' if kind != "cpu" else '"cpu"'
            self._problem(item, f"the case for the device {str(device)!r} must be given as {wanted}")

    def _task(self, item: pytest.Item) -> str:
        task = self._text(item, "task")
        if task is None:
            self._problem(item, "has no `task` marker")
        elif task not in self._assignment.tasks:
            known = ", ".join(self._assignment.tasks)
            self._problem(item, f"task({task!r}) is not in autograder.yml (there: {known})")
        return task or ""

    def _points(self, item: pytest.Item) -> float:
        mark = item.get_closest_marker("points")
        if mark is None:
            return 0.0
        value = mark.args[0] if len(mark.args) == 1 and not mark.kwargs else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            self._problem(item, f"points{mark.args} needs one number that is not negative")
            return 0.0
        return float(value)

    def _limits(self, item: pytest.Item) -> dict[str, float | int]:
        mark = item.get_closest_marker("limits")
        if mark is None:
            return {}
        good = {}
        if mark.args:
            self._problem(item, "limits(...) takes keywords only: " + ", ".join(_LIMITS))
        for name, value in mark.kwargs.items():
            kinds = _LIMITS.get(name)
            if kinds is None:
                self._problem(item, f"limits({name}=...) is unknown (known: {', '.join(_LIMITS)})")
            elif isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value <= _MOST:
                self._problem(item, f"limits({name}={value!r}) needs a number that is not negative")
            else:
                good[name] = value
        return good

    def _timing(self, item: pytest.Item, limits: dict[str, float | int]) -> bool:
        mark = item.get_closest_marker("timing")
        if mark is None:
            return False
        if mark.args or mark.kwargs:
            self._problem(item, "timing takes no arguments; confidence and budget_s stand in autograder.yml")
        if limits.get("processes"):
            self._problem(
                item, "a test marked `timing` cannot have limits(processes=...): their time is not accounted"
            )
        return True

    def _trivial(self, item: pytest.Item) -> tuple[str, str] | None:
        mark = item.get_closest_marker("trivial")
        if mark is None:
            return None
        if len(mark.args) != 2 or mark.args[0] not in TRIVIAL_KINDS or not isinstance(mark.args[1], str):
            self._problem(item, f"trivial{mark.args} needs one of {TRIVIAL_KINDS} and a reason")
            return None
        return mark.args[0], mark.args[1]

    def _forbidden(self, item: pytest.Item) -> tuple[str, ...]:
        """The names of all `forbid` markers, of the test and of its file."""
        names: dict[str, None] = {}
        for mark in item.iter_markers("forbid"):
            if not mark.args or mark.kwargs or not all(isinstance(name, str) for name in mark.args):
                self._problem(item, "forbid(...) needs one or more names, such as 'torch.nn.LSTM'")
                continue
            for name in mark.args:
                if not name.startswith("torch.") or found(name) is None:
                    self._problem(item, f"forbid({name!r}): there is no such name in torch")
                names[name] = None
        return tuple(names)

    def _text(self, item: pytest.Item, marker: str) -> str | None:
        mark = item.get_closest_marker(marker)
        if mark is None:
            return None
        text = mark.args[0] if len(mark.args) == 1 else None
        if not isinstance(text, str):
            self._problem(item, f"{marker}(...) needs one text")
            return None
        return text

    def _problem(self, item: pytest.Item, text: str) -> None:
        line = (item.location[1] or 0) + 1
        self.problems.append(f"{Path(item.path).name}:{line}: {item.name}: {text}")


def points_problems(assignment: Assignment, specs: Iterable[TestSpec]) -> list[str]:
    """Tasks whose tests' points do not add up to the task's."""
    sums: Counter[str] = Counter()
    for spec in specs:
        sums[spec.task] += spec.points  # type: ignore[assignment]  # Counter adds floats as well
    return [
        f"task {task}: its tests have {sums[task]:g} points in all, autograder.yml says {given.points:g}"
        for task, given in assignment.tasks.items()
        if not math.isclose(sums[task], given.points, abs_tol=1e-6)
    ]


def _needs_gpu(item: pytest.Item) -> bool:
    return item.get_closest_marker("gpu") is not None


def _function_of(item: pytest.Item) -> str:
    return f"{item.path}::{item.nodeid.split('::', 1)[1].split('[')[0]}"


def _title(item: pytest.Item) -> str:
    text = (getattr(getattr(item, "function", None), "__doc__", None) or "").strip()
    return text.splitlines()[0] if text else item.name
