"""Probes on their way to a worker: serialised once per judge, by value, with file paths blanked."""

from __future__ import annotations

from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from grader.model.errors import AuthoringError
from grader.worker.calls import Probe

_BLANK = "<probe>"


class Shipping:
    """The serialised probes of one judge, by number."""

    def __init__(self) -> None:
        self._keys: dict[Probe, int] = {}
        self._blobs: list[bytes] = []

    def key(self, probe: Probe) -> int:
        """The number of a probe. Raises AuthoringError if it cannot be serialised."""
        if probe not in self._keys:
            self._blobs.append(_serialise(probe))
            self._keys[probe] = len(self._blobs) - 1
        return self._keys[probe]

    def blob(self, key: int) -> bytes:
        """The bytes of a probe by its number."""
        return self._blobs[key]


def ship_by_value(module: ModuleType) -> None:
    """Let the probes of a test file travel by value, because workers do not have the file.

    Paths in their code are blanked; test functions keep theirs for tracebacks in the judge.
    """
    cloudpickle.register_pickle_by_value(module)
    for name, value in vars(module).items():
        if not name.startswith("test_") and getattr(value, "__module__", None) == module.__name__:
            _blank(value)


def _blank(value: Any) -> None:
    if isinstance(value, FunctionType):
        value.__code__ = _blanked(value.__code__)
    elif isinstance(value, type):
        for member in vars(value).values():
            _blank(getattr(member, "__func__", member))


def _blanked(code: CodeType) -> CodeType:
    constants = tuple(_blanked(item) if isinstance(item, CodeType) else item for item in code.co_consts)
    return code.replace(co_filename=_BLANK, co_consts=constants)


def _serialise(probe: Probe) -> bytes:
    try:
        return bytes(cloudpickle.dumps(probe))
    except Exception as error:
        raise AuthoringError(f"the probe {probe.__name__} cannot be sent to a worker: {error}") from error
