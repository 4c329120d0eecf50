"""A student's value as a test wants to read it: a tuple as a list, a 0-d tensor as a float."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from grader.checks.failure import Failure
from grader.judge.verdicts import check_failed

_MAX_ROWS = 1_000_000


def read(value: Any, read_as: Callable[[Any], Any], check: str) -> Any:
    """A student's value as the test wants to read it.

    Not a tensor of millions of rows: `list` makes a tensor of a few hundred bytes of every one.
    """
    if isinstance(value, torch.Tensor | np.ndarray) and value.ndim and len(value) > _MAX_ROWS:
        sentence = f"the result, {len(value):,} rows in one {type(value).__name__}, is too long to be read"
        raise check_failed(Failure(sentence=sentence), check, value)
    try:
        return read_as(value)
    except Exception as error:  # noqa: BLE001 - a student's value may raise anything
        name = getattr(read_as, "__name__", "read_as")
        sentence = f"the result, of type {type(value).__name__}, cannot be read as {name}: {error}"
        raise check_failed(Failure(sentence=sentence), check, value) from None
