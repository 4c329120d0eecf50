"""Watching for names of torch: which of them the student's code calls, constructs or leads to.

Three signals, none of which replaces anything of torch: a function mode sees public functions and
methods as they are called, by whatever name the student reached them; global hooks see modules that
get a parameter or a submodule, or are called; a dispatch mode sees operations. All of them are claims
of the worker, as everything is that comes out of it.

What a test's own probe calls is not the student's: the innermost frame on the stack that belongs to
neither torch nor this package decides.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from types import FrameType, ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from grader.worker.names import found, is_class, operations, spellings

PROBE = "<probe>"
"""The file name in the code of shipped probes."""
_LIBRARIES = frozenset({"torch", "grader", "numpy"})
_CONVOLUTIONS = frozenset({"convolution", "mkldnn_convolution", "convolution_overrideable", "_convolution"})


class Watch:
    """Everything that watches for a set of names during one call."""

    def __init__(self, names: Sequence[str], own_files: Collection[str], whole_call: bool) -> None:
        """`own_files` are the student's, by the names that tracebacks show.

        `whole_call` says that no probe stands between the call and the student's code.
        """
        self.seen: Counter[tuple[str, str]] = Counter()
        """(name, how it was seen) with `how` one of `call`, `module` and `operation`."""
        self._own_files = frozenset(own_files)
        self._whole_call = whole_call
        classes = {name: found(name) for name in names if is_class(name)}
        functions = {id(found(each)): name for name in names for each in spellings(name)}
        by_operation = {one: name for name in names for one in operations(name)}
        self._classes: Mapping[str, type] = classes
        self._functions = functions
        self._functions_by_name = {
            _aten(each): name for name in names for each in spellings(name) if each.startswith("torch.ops.")
        }
        self._modes: list[AbstractContextManager[Any]] = [
            _Functions(self._function),
            _Operations(by_operation, self._saw),
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Watch:
        for mode in self._modes:
            self._stack.enter_context(mode)
        if self._classes:
            handles = [
                hooks.register_module_parameter_registration_hook(self._registered),
                hooks.register_module_module_registration_hook(self._registered),
                hooks.register_module_forward_pre_hook(self._called),
            ]
            for handle in handles:
                self._stack.callback(handle.remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def note_bound(self, module: ModuleType, names: Sequence[str]) -> None:
        """A graded name that is nothing but a watched one: no frame of the student's stands there."""
        for name in names:
            value = getattr(module, name, None)
            while isinstance(value, partial):
                value = value.func
            known = self._functions.get(id(value))
            if known is not None:
                self.seen[known, "call"] += 1

    def _function(self, func: Any) -> None:
        name = self._functions.get(id(func)) or self._functions_by_name.get(_aten(func))
        if name is not None:
            self._saw(name, "call")

    def _registered(self, module: nn.Module, _name: str, value: Any) -> None:
        self._module(module)
        if isinstance(value, nn.Module):
            self._module(value)

    def _called(self, module: nn.Module, _inputs: Any) -> None:
        self._module(module)

    def _module(self, module: nn.Module) -> None:
        for name, kind in self._classes.items():
            if isinstance(module, kind):
                self._saw(name, "module")

    def _saw(self, name: str, how: str) -> None:
        if self._is_students(sys._getframe(1)):
            self.seen[name, how] += 1

    def _is_students(self, frame: FrameType | None) -> bool:
        while frame is not None:
            file = frame.f_code.co_filename
            if file in self._own_files:
                return True
            if file == PROBE:
                return False
            if not _is_library(frame):
                return file.startswith("<")  # made by exec or compile; else the file of a test or a probe
            frame = frame.f_back
        return self._whole_call


def _is_library(frame: FrameType) -> bool:
    root = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return root in _LIBRARIES or root in sys.stdlib_module_names


def _aten(value: Any) -> str:
    """The name of an operation that is called directly, such as `torch.ops.aten.conv2d.default`."""
    if isinstance(value, str):
        return value.removeprefix("torch.ops.")
    if isinstance(value, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
        return ".".join(str(value).split(".")[:2])
    return ""


class _Functions(TorchFunctionMode):
    def __init__(self, note: Callable[[Any], None]) -> None:
        super().__init__()
        self._note = note

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        self._note(func)
        return func(*args, **(kwargs or {}))


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own, without types
    def __init__(self, watched: Mapping[str, str], saw: Callable[[str, str], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own, without types
        self._watched = watched
        self._saw = saw

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """As for counting: see `grader.worker.operations`."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = self._watched.get(_described(func, args))
        if name is not None:
            self._saw(name, "operation")
        return func(*args, **(kwargs or {}))


def _described(func: Any, args: Sequence[Any]) -> str:
    """The operation's name; a convolution's with its dimensions, because all kinds share one operation."""
    name: str = func.overloadpacket.__name__
    if name not in _CONVOLUTIONS or len(args) < 2 or not isinstance(args[1], torch.Tensor):
        return name
    transposed = len(args) > 6 and args[6] is True
    return f"convolution{'_transpose' if transposed else ''}{args[1].dim() - 2}d"
