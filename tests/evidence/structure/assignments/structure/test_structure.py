"""Public tests."""

import pytest


@pytest.mark.task("Tied")
@pytest.mark.points(2)
def test_tied(same_structure, rand):
    """Names, sharing, both modes, saving and loading."""
    same_structure("Tied", 5, inputs=[rand(8, 5)])


@pytest.mark.task("build_example")
@pytest.mark.points(1)
def test_nodes(graph, rand):
    """The nodes of the graph, depth first."""
    graph("build_example", rand(3, 3), rand(3, 3), compare="names")


@pytest.mark.task("stop")
@pytest.mark.points(1)
def test_stop(graph, rand):
    """What the two results reach."""
    graph("stop", rand(4, 3), rand(3, 2))


@pytest.mark.task("parts")
@pytest.mark.points(2)
def test_parts(aliases, rand):
    """Views and copies."""
    aliases("parts", rand(5, 3))
