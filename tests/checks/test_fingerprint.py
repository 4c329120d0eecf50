"""Inputs are recognised up to the last bits of their floats, and not beyond."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from grader.checks.fingerprint import fingerprint, same_fingerprint
from grader.wire.codec import plain
from tests.wire.plain_values import PLAIN


def same(one: Any, other: Any) -> bool:
    taped = msgspec.msgpack.decode(msgspec.msgpack.encode(fingerprint(other)))
    return same_fingerprint(fingerprint(one), taped)


@given(PLAIN)
@settings(deadline=None, max_examples=150)
def test_data_has_the_fingerprint_of_its_copy(value: Any) -> None:
    assert same(value, plain(value))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.complex128, torch.bfloat16])
def test_noise_in_the_last_bits_keeps_the_fingerprint(dtype: torch.dtype) -> None:
    value = torch.randn(50, 40, dtype=torch.float64).to(dtype)
    noisy = value * (1 + 4 * torch.finfo(dtype).eps) if dtype != torch.bfloat16 else value.clone()
    assert same([value, 1], [noisy, 1])


def test_noise_in_a_number_keeps_the_fingerprint_wherever_rounding_falls() -> None:
    assert same(0.1234565, np.nextafter(0.1234565, 0).item())
    assert same(0.1234565, np.nextafter(0.1234565, 1).item())
    assert same([1e-300, -5.0], [1e-300 * (1 + 1e-15), -5.0])


VALUE = torch.randn(6, 5, dtype=torch.float64)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (VALUE, VALUE.flip(0)),
        (VALUE, VALUE * 1.01),
        (VALUE, -VALUE),
        (VALUE, VALUE.float()),
        (VALUE, VALUE.reshape(5, 6)),
        (VALUE, torch.randn(6, 5, dtype=torch.float64)),
        (torch.arange(9), torch.arange(9).flip(0)),
        ([1, 2], [1, 3]),
        ([1], [True]),
        ([1], [1.0]),
        ([1.0], [1.01]),
        (["a"], ["b"]),
        ([1], (1,)),
        (float("nan"), 0.0),
        (float("inf"), float("-inf")),
        (torch.tensor([float("nan")]), torch.tensor([0.0])),
        (torch.float32, torch.float64),
    ],
)
def test_other_data_has_another_fingerprint(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_a_set_has_one_fingerprint_in_every_process() -> None:
    program = (
        "import msgspec, sys; from grader.checks.fingerprint import fingerprint;"
        "sys.stdout.buffer.write(msgspec.msgpack.encode(fingerprint({'a', 'b', 'c', 'd', 'e'})))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, stdout=-1, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_huge_values_are_told_apart() -> None:
    huge = torch.tensor([1e300, -1e300, 5e299], dtype=torch.float64)
    assert same_fingerprint(fingerprint(huge), fingerprint(huge * (1 + 1e-12)))
    assert not same_fingerprint(fingerprint(huge), fingerprint(-huge))
    assert not same_fingerprint(fingerprint(huge), fingerprint(huge / 2))
