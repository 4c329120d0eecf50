"""Telling whether a call changed its inputs."""

from __future__ import annotations

import numpy as np
import pytest

from grader.worker.unchanged import Kept

SIZES = [0, 1, 7, 2**16 - 1, 2**16, 2**20 + 5]


def buffer(size: int) -> memoryview:
    return memoryview(np.random.default_rng(size).integers(0, 256, size, np.uint8))


@pytest.mark.parametrize("size", SIZES)
def test_equal_inputs_do_not_differ(size):
    data = buffer(size)
    assert not Kept(["tree"], [data]).differ_from(["tree"], [memoryview(bytearray(data))])


@pytest.mark.parametrize("size", [size for size in SIZES if size])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_one_changed_byte_in_the_very_memory_is_seen(size, place):
    data = buffer(size)
    kept = Kept(["tree"], [data])
    data[int(place * (size - 1))] ^= 1
    assert kept.differ_from(["tree"], [data])


def test_another_tree_number_or_length_of_buffers_differs():
    kept = Kept(["tree"], [buffer(8)])
    assert kept.differ_from(["other"], [buffer(8)])
    assert kept.differ_from(["tree"], [])
    assert kept.differ_from(["tree"], [buffer(2**17)])
