"""The floor: a submission in this very process, without confinement, copies or limits.

Its file is imported anew, then the same collected tests call it directly, seeded as a worker is, and
compare with the same remembered answers of the reference. Nothing crosses a process border, inputs
are not copied, nothing is timed or watched.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from types import ModuleType

from grader.subjects.base import Call, Returned
from grader.worker.calls import invoke, reset


class DirectSubject:
    """One submission's files as modules of this process."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._modules: dict[str, ModuleType] = {}

    def answer(self, call: Call) -> Returned:
        """Call the function. What it raises ends the measurement: the workload is right."""
        module = self.module(call.file)
        reset(call.seed)
        return Returned(value=invoke(module, call.target, call.args, call.kwargs))

    def module(self, name: str) -> ModuleType:
        """A file, imported on first need."""
        if name not in self._modules:
            self._modules[name] = self._imported(name)
        return self._modules[name]

    def _imported(self, name: str) -> ModuleType:
        module = ModuleType(PurePath(name).stem)
        exec(compile(self._files[name], name, "exec", dont_inherit=True), module.__dict__)
        return module

    def charge(self, seconds: float) -> None:
        """Nothing is limited here."""

    def cpu_seconds(self) -> float | None:
        """Not told apart from this process's."""
        return None

    def close(self) -> None:
        """Nothing is held."""
