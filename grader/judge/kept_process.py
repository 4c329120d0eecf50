"""What a run of tests changes in its process, put back: for a kernel that lives on."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

Restore = Callable[[], None]
_OF_SYS = ("path", "meta_path", "path_hooks", "argv")
_LAST = ("last_type", "last_value", "last_traceback", "last_exc")
_ABSENT = object()


@contextmanager
def kept_process(folder: Path) -> Iterator[None]:
    """Random numbers, torch's settings, environment, import path and modules of a folder stay as they are."""
    undo = [_keep_random(), _keep_torch(), _keep_sys(), _keep_modules(folder), _keep_environment()]
    here = Path.cwd()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for restore in undo:
            restore()
        os.chdir(here)


def _keep_random() -> Restore:
    of_python, of_numpy, of_torch = random.getstate(), np.random.get_state(), torch.get_rng_state()
    awake = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch
    gpus = torch.cuda.get_rng_state_all() if awake else []

    def restore() -> None:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        torch.set_rng_state(of_torch)
        if gpus:
            torch.cuda.set_rng_state_all(gpus)

    return restore


def _keep_torch() -> Restore:
    dtype, threads, grad = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    device = torch.get_default_device()

    def restore() -> None:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
        torch.set_default_device(None if device.type == "cpu" else device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

    return restore


def _keep_sys() -> Restore:
    lists = {name: list(getattr(sys, name)) for name in _OF_SYS}
    last = {name: getattr(sys, name, _ABSENT) for name in _LAST}

    def restore() -> None:
        for name, values in lists.items():
            getattr(sys, name)[:] = values
        for name, value in last.items():
            if value is not _ABSENT:
                setattr(sys, name, value)
            elif hasattr(sys, name):
                delattr(sys, name)

    return restore


def _keep_environment() -> Restore:
    before = dict(os.environ)

    def restore() -> None:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)

    return restore


def _keep_modules(folder: Path) -> Restore:
    """Test files and probes are imported anew by the next run; libraries that were loaded stay."""
    before = dict(sys.modules)

    def restore() -> None:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name not in before and (file is None or Path(file).is_relative_to(folder)):
                del sys.modules[name]
        for name, module in before.items():
            sys.modules.setdefault(name, module)

    return restore
