"""Hidden tests of autograd.py: other graphs and shapes, edges, dtypes."""

import pytest
from probes import (
    STEPS,
    counted_nodes,
    example_gradients,
    example_graph,
    left_gradients,
    nodes_of_several,
    ordered,
    ordered_twice,
    renumbered,
    simulated,
    simulated_only,
    steps_of,
)


def wide(pick, leaves, steps):
    """A program whose steps use any two values of before, and a last one that joins what came last."""
    program = [(pick(STEPS), pick(range(leaves + n)), pick(range(leaves + n))) for n in range(steps)]
    return [*program, ("add", leaves + steps - 1, leaves + steps - 2)]


# ---------------------------------------------------------------- build_example


@pytest.mark.task("build_example")
@pytest.mark.points(1)
def test_example_rectangular(agree, rand):
    """A wider matrix b: nodes and values."""
    agree(example_graph, rand(3, 3), rand(3, 5))


@pytest.mark.task("build_example")
@pytest.mark.points(1)
@pytest.mark.hint("`@` of two vectors is a dot product: another node than that of two matrices.")
def test_example_vectors(agree, rand):
    """Two vectors: nodes and values."""
    agree(example_graph, rand(4), rand(4))


@pytest.mark.task("build_example")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_example_gradients(agree, rand):
    """Gradients of a and b."""
    agree(example_gradients, rand(3, 3), rand(3, 2), rand(3, 2))


# ---------------------------------------------------------------- graph_nodes


@pytest.mark.task("graph_nodes")
@pytest.mark.points(2)
def test_nodes_of_wide_graphs(agree, rand, pick):
    """Five graphs of fourteen operations of three leaves."""
    programs, leaves = [wide(pick, 3, 13) for _ in range(5)], [rand(2, 2) / 4 for _ in range(3)]
    agree(nodes_of_several, programs, leaves, read_as=lambda found: [renumbered(nodes) for nodes in found])


@pytest.mark.task("graph_nodes")
@pytest.mark.points(1)
@pytest.mark.limits(seconds=2)
@pytest.mark.hint("Visit each node once: of n times x = x + x there are 2 ** n ways down, and n + 1 nodes.")
def test_nodes_of_many_doublings(agree, rand, pick):
    """About forty times x = x + x: how many nodes of each name."""
    agree(counted_nodes, "add", pick(range(36, 46)), rand(2))


# ---------------------------------------------------------------- backward_order


@pytest.mark.task("backward_order")
@pytest.mark.points(2)
def test_order_of_a_wide_graph(agree, rand, pick):
    """Twenty operations of three leaves."""
    agree(ordered, wide(pick, 3, 19), [rand(2, 2) / 4 for _ in range(3)], read_as=list)


@pytest.mark.task("backward_order")
@pytest.mark.points(1)
@pytest.mark.hint("Installing a hook returns a handle; handle.remove() takes the hook away again.")
def test_order_twice(agree, rand, pick):
    """Two calls on the same root, and another backward pass after them."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(8)]
    agree(ordered_twice, program, [rand(2, 2) / 4, rand(2, 2) / 4])


@pytest.mark.task("backward_order")
@pytest.mark.points(1)
@pytest.mark.hint("Run backward from root itself, with a gradient of ones in its shape.")
def test_order_leaves_gradients(agree, rand, pick):
    """The gradients of the leaves after the call."""
    program = [(pick(["add", "mul", "mm", "half", "tanh"]), pick([0, 1]), 1 + n) for n in range(6)]
    agree(left_gradients, [("mul", 0, 1), *program], [rand(2, 2), rand(2, 2)])


# ---------------------------------------------------------------- simulate_queue


@pytest.mark.task("simulate_queue")
@pytest.mark.points(2)
def test_queue_of_a_wide_graph(agree, rand, pick):
    """Twenty operations of three leaves."""
    agree(simulated, wide(pick, 3, 19), [rand(2, 2) / 4 for _ in range(3)], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("x * x hands two gradients to x's node: count both entries, or count consumers once each.")
def test_queue_of_repeated_inputs(agree, rand, pick):
    """Operations both of whose inputs are the same value."""
    program = [(pick(["add", "sub", "mul", "mm"]), n, n) for n in range(6)]
    agree(simulated, [*program, (pick(["add", "sub"]), 3, 6)], [rand(2, 2) / 4], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("Predict the order from the graph; no backward pass is to run.")
def test_queue_runs_no_backward(agree, rand, pick):
    """The leaves have no gradients after the call."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(6)]
    agree(simulated_only, program, [rand(2, 2) / 4, rand(2, 2) / 4])
