"""Hidden tests."""

import pytest
import torch
from probes import of_turned


@pytest.mark.task("Tied")
@pytest.mark.points(2)
def test_no_dropout(same_structure, rand):
    """Without dropout training and evaluation agree, under another width."""
    same_structure("Tied", 3, p=0.0, inputs=[rand(4, 3)], submodules=["first", "second"])


@pytest.mark.task("Tied")
@pytest.mark.points(1)
def test_state(same_structure, rand):
    """Modes and a round trip alone, without names."""
    same_structure("Tied", 4, 0.3, inputs=[rand(9, 4)], parameters=False, buffers=False, sharing=False)


@pytest.mark.task("build_example")
@pytest.mark.points(2)
def test_edges(graph, rand):
    """Which node leads to which, where only the second input requires a gradient too."""
    graph("build_example", rand(2, 2), rand(2, 2), compare="edges")
    graph("build_example", rand(4, 4), rand(4, 4, requires_grad=True), compare="edges")


@pytest.mark.task("stop")
@pytest.mark.points(1)
def test_stop_by_name(graph, rand):
    """What the two results reach, with inputs by name."""
    graph("stop", w=rand(3, 3), x=rand(2, 3))


@pytest.mark.task("parts")
@pytest.mark.points(1)
@pytest.mark.parametrize("dtype", [torch.int64, torch.float32])
def test_other_dtypes(aliases, rand, dtype):
    """Views and copies of other dtypes."""
    aliases("parts", rand(4, 4, dtype=dtype, low=0, high=50))


@pytest.mark.task("parts")
@pytest.mark.points(1)
def test_of_a_view(aliases, rand):
    """Views and copies of a tensor that is itself a part of a larger one; and of bools."""
    aliases(of_turned, rand(3, 8))
    aliases("parts", rand(3, 4, low=0, high=2, dtype=torch.int64) > 0)
