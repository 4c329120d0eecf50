"""Public tests of autograd.py. Inputs are random float64 tensors unless a test says otherwise."""

import pytest
from probes import (
    STEPS,
    counted_nodes,
    example_graph,
    example_values,
    nodes_of,
    nodes_of_leaf,
    ordered,
    renumbered,
    simulated,
    steps_of,
)

EXAMPLE = [("relu", 1, 1), ("mm", 0, 2), ("add", 2, 3)]  # c = relu(b), d = a @ c, e = c + d


def with_constants(pick):
    """Five operations of one leaf (value 0) with constants (1 and 2), and a last one with a number."""
    latest = [0, 3, 4, 5, 6]
    program = [(pick(["add", "sub", "mul", "mm"]), *pick([(1, one), (one, 2)])) for one in latest]
    return [*program, ("half", 0, 7)]


# ---------------------------------------------------------------- build_example


@pytest.mark.task("build_example")
@pytest.mark.points(1)
def test_example_values(agree, rand):
    """c, d and e for two square matrices."""
    agree(example_values, rand(3, 3), rand(3, 3), read_as=dict)


@pytest.mark.task("build_example")
@pytest.mark.points(2)
@pytest.mark.hint("The inputs of a node stand in the order in which you wrote them; c is computed once.")
def test_example_graph(agree, rand):
    """The nodes of c, d and e, and their inputs: ReluBackward0, MmBackward0, AddBackward0."""
    agree(example_graph, rand(2, 2), rand(2, 2))


# ---------------------------------------------------------------- graph_nodes


@pytest.mark.task("graph_nodes")
@pytest.mark.points(1)
@pytest.mark.hint("Five nodes: the ReLU is an input of two others, and stands in the list once.")
def test_nodes_of_the_example(agree, rand):
    """c = relu(b), d = a @ c, e = c + d."""
    agree(nodes_of, EXAMPLE, [rand(2, 2), rand(2, 2)], read_as=renumbered)


@pytest.mark.task("graph_nodes")
@pytest.mark.points(2)
@pytest.mark.hint("One number for each entry of next_functions, in their order, also where two are equal.")
def test_nodes_of_a_random_graph(agree, rand, pick):
    """Twelve operations on values that are used again and again."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(12)]
    agree(nodes_of, program, [rand(2, 2) / 4, rand(2, 2) / 4], read_as=renumbered)


@pytest.mark.task("graph_nodes")
@pytest.mark.points(1)
@pytest.mark.hint("An input that needs no gradient is None in next_functions, and -1 in the list.")
def test_nodes_with_constants(agree, rand, pick):
    """Six operations, some of them with inputs that need no gradient."""
    program = with_constants(pick)
    agree(nodes_of, program, [rand(2, 2)], [rand(2, 2), rand(2, 2)], read_as=renumbered)


@pytest.mark.task("graph_nodes")
@pytest.mark.points(1)
@pytest.mark.hint("A leaf has no grad_fn; torch.autograd.graph.get_gradient_edge(t).node is its node.")
def test_nodes_of_a_leaf(agree, rand):
    """A leaf, which has a single node, AccumulateGrad."""
    agree(nodes_of_leaf, rand(3), read_as=lambda found: {key: renumbered(found[key]) for key in found})


@pytest.mark.task("graph_nodes")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Python stops a recursion after about a thousand calls: keep a list of what is to be visited."
)
def test_nodes_of_a_long_chain(agree, rand, pick):
    """A chain of more than 3000 operations: how many nodes of each name."""
    agree(counted_nodes, "tanh", pick(range(3000, 3100)), rand(2))


# ---------------------------------------------------------------- backward_order


@pytest.mark.task("backward_order")
@pytest.mark.points(2)
@pytest.mark.hint("relu has two consumers: it runs when both have run.")
def test_order_of_the_example(agree, rand):
    """c = relu(b), d = a @ c, e = c + d."""
    agree(ordered, EXAMPLE, [rand(2, 2), rand(2, 2)], read_as=list)


@pytest.mark.task("backward_order")
@pytest.mark.points(3)
@pytest.mark.hint("A node waits for all its consumers; of those that are ready, the youngest runs first.")
def test_order_of_a_random_graph(agree, rand, pick):
    """Twelve operations on values that are used again and again."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(12)]
    agree(ordered, program, [rand(2, 2) / 4, rand(2, 2) / 4], read_as=list)


# ---------------------------------------------------------------- simulate_queue


@pytest.mark.task("simulate_queue")
@pytest.mark.points(2)
@pytest.mark.hint("The ReLU is not pushed after the addition: the product, its other consumer, has not run.")
def test_queue_of_the_example(agree, rand):
    """c = relu(b), d = a @ c, e = c + d: what is popped, what is pushed, and the queue after it."""
    agree(simulated, EXAMPLE, [rand(2, 2), rand(2, 2)], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(3)
@pytest.mark.hint("The queue is in order of _sequence_nr(), highest first, not in order of arrival.")
def test_queue_of_a_random_graph(agree, rand, pick):
    """Twelve operations on values that are used again and again."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(12)]
    agree(simulated, program, [rand(2, 2) / 4, rand(2, 2) / 4], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("An entry of next_functions that is None is no node: it is not pushed.")
def test_queue_with_constants(agree, rand, pick):
    """Six operations, some of them with inputs that need no gradient."""
    program = with_constants(pick)
    agree(simulated, program, [rand(2, 2)], [rand(2, 2), rand(2, 2)], read_as=steps_of)
