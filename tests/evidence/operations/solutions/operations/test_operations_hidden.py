"""Hidden tests."""

import pytest
import torch

pytestmark = pytest.mark.task("distances")


@pytest.mark.points(2)
def test_small_tensors(ops_at_most, rand):
    """Few operations, and no large tensor on the way."""
    ops_at_most("distances", {"all": 60}, rand(48, 5), rand(40, 5), largest=8.0)


@pytest.mark.points(1)
def test_few_products(ops_at_most, rand):
    """At most eight products of matrices, and sixty operations in all."""
    ops_at_most("distances", {"matmul": 8, "all": 60}, rand(64, 3), rand(64, 3), largest=40_000)


@pytest.mark.points(1)
def test_float32(ops_at_most, rand):
    """float32 in, float32 out."""
    X, Y = rand(30, 4, dtype=torch.float32), rand(36, 4, dtype=torch.float32)
    ops_at_most("distances", 60, X, Y, rtol=1e-3, atol=1e-4)


@pytest.mark.points(2)
def test_trace(student, reference, rand, close):
    """The operations of one call, counted by hand."""
    X, Y = rand(32, 4), rand(24, 4)
    trace = student.trace("distances", X, Y)
    close(trace.value, reference.trace("distances", X, Y).value, what="the distances")
    count = sum(trace.ops.values()) + trace.brought_in + trace.taken_out
    assert count <= 60, "more than sixty operations"
