"""One call of the student's code: a name of the module, or a probe beside it."""

from __future__ import annotations

import difflib
import functools
import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import torch

Probe = Callable[..., Any]


class NameMissing(Exception):
    """The module has no such name, or it is not something that can be called."""


def reset(seed: int, *, threads: int | None = None) -> None:
    """Bring back what one call may have left changed for the next, and seed every generator."""
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    if threads is not None and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    _seed_torch(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def _seed_torch(seed: int) -> None:
    """As `torch.manual_seed`, which formats a stack trace per call for devices that are not awake yet."""
    if _knows_only_cpus():
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


@functools.cache
def _knows_only_cpus() -> bool:
    """Whether this build of torch has no generator but the CPU's."""
    accelerator = getattr(torch, "accelerator", None)  # from torch 2.6 on
    return accelerator is not None and accelerator.current_accelerator() is None


def invoke(
    module: ModuleType,
    target: str | Probe,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    around: AbstractContextManager[object] | None = None,
) -> Any:
    """The value of a target. Raises NameMissing, or whatever the student's code raises.

    `around` is entered when a probe's set-up is done.
    """
    around = around or nullcontext()
    if isinstance(target, str):
        function = _named(module, target)
        with around:
            return function(*args, **kwargs)
    try:
        return _run_probe(target, module, args, kwargs, around)
    except AttributeError as error:
        if error.obj is module and isinstance(error.name, str):
            raise NameMissing(_no_such_name(module, error.name)) from None
        raise


def _named(module: ModuleType, name: str) -> Any:
    if not hasattr(module, name):
        raise NameMissing(_no_such_name(module, name))
    found = getattr(module, name)
    if not callable(found):
        raise NameMissing(f"`{name}` is not a function but of type {type(found).__name__}")
    return found


def _no_such_name(module: ModuleType, name: str) -> str:
    found = own_names(module)
    near = difflib.get_close_matches(name, found, n=1, cutoff=0.7)
    guess = f"; did you mean `{near[0]}`?" if near else ""
    return f"`{name}` is not defined{guess} (found: {', '.join(found[:20]) or 'nothing'})"


def own_names(module: ModuleType) -> list[str]:
    """What a module defines itself: its functions and classes, in their order."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def _run_probe(
    probe: Probe,
    module: ModuleType,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    around: AbstractContextManager[object],
) -> Any:
    if not inspect.isgeneratorfunction(probe):
        with around:
            return probe(module, *args, **kwargs)
    steps = probe(module, *args, **kwargs)
    next(steps)  # what precedes the yield is set-up
    try:
        with around:
            next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a probe may yield only once, to end its set-up")
