"""Public tests of autograd.py. Inputs are random float64 tensors unless a test says otherwise."""

import pytest
import torch
from probes import (
    JOINING,
    accumulated,
    counted_nodes,
    example_graph,
    example_values,
    frozen_result,
    frozen_then_trained,
    linreg_by_hand,
    lists_of,
    nodes_of,
    nodes_of_leaf,
    ordered,
    renumbered,
    simulated,
    some_positive,
    steps_of,
    tangled,
    zeroed,
)

EXAMPLE = [("relu", 1, 1), ("mm", 0, 2), ("add", 2, 3)]  # c = relu(b), d = a @ c, e = c + d


def with_constants(pick):
    """Five operations of one leaf (value 0) with constants (1 and 2), and a last one with a number."""
    latest = [0, 3, 4, 5, 6]
    program = [(pick(JOINING), *pick([(1, one), (one, 2)])) for one in latest]
    return [*program, ("half", 0, 7)]


# ---------------------------------------------------------------- build_example


@pytest.mark.task("build_example")
@pytest.mark.points(1)
def test_example_values(agree, rand):
    """c, d and e for two square matrices."""
    agree(example_values, rand(3, 3), some_positive(rand(3, 3)))


@pytest.mark.task("build_example")
@pytest.mark.points(2)
@pytest.mark.hint("The inputs of a node stand in the order in which you wrote them; c is computed once.")
def test_example_graph(agree, rand):
    """The nodes of c, d and e, and their inputs: ReluBackward0, MmBackward0, AddBackward0."""
    agree(example_graph, rand(2, 2), some_positive(rand(2, 2)))


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
    """Some values each made from an earlier one, then joined, two by two."""
    agree(nodes_of, tangled(pick, 2, 5), [rand(2, 2) / 4, rand(2, 2) / 4], read_as=renumbered)


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
    """Some values each made from an earlier one, then joined, two by two."""
    agree(ordered, tangled(pick, 2, 5), [rand(2, 2) / 4, rand(2, 2) / 4], read_as=list)


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
    """Some values each made from an earlier one, then joined, two by two."""
    agree(simulated, tangled(pick, 2, 5), [rand(2, 2) / 4, rand(2, 2) / 4], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("An entry of next_functions that is None is no node: it is not pushed.")
def test_queue_with_constants(agree, rand, pick):
    """Six operations, some of them with inputs that need no gradient."""
    program = with_constants(pick)
    agree(simulated, program, [rand(2, 2)], [rand(2, 2), rand(2, 2)], read_as=steps_of)


# ---------------------------------------------------------------- frozen_forward


@pytest.mark.task("frozen_forward")
@pytest.mark.points(3)
@pytest.mark.hint(
    "The product itself must be computed without a graph; a result cannot be told so afterwards."
)
@pytest.mark.parametrize("how", ["flag", "no_grad", "detach"])
def test_frozen_result(agree, rand, how):
    """The value, and no graph behind it."""
    agree(frozen_result, rand(3, 4), rand(4, 2), how)


@pytest.mark.task("frozen_forward")
@pytest.mark.points(2)
@pytest.mark.hint("A flag that was switched off for a moment has to be switched on again.")
def test_frozen_then_trained(agree, rand, pick):
    """Afterwards W requires gradients as before, and gets them."""
    agree(frozen_then_trained, rand(3, 4), rand(4, 2), pick(["flag", "no_grad", "detach"], 3))


# ---------------------------------------------------------------- accumulate, zero_grads


@pytest.mark.task("accumulate")
@pytest.mark.points(2)
@pytest.mark.hint("backward adds to what `.grad` holds already.")
def test_accumulate_adds(agree, rand, pick):
    """Some passes without zeroing."""
    agree(accumulated, rand(4, 3), rand(3), rand(1), pick([3, 4]), False, read_as=lists_of)


@pytest.mark.task("accumulate")
@pytest.mark.points(2)
@pytest.mark.hint("Zero before a pass, read after it.")
def test_accumulate_zeroed(agree, rand, pick):
    """Some passes with zeroing before each of them, either way."""
    agree(
        accumulated, rand(4, 3), rand(3), rand(1), 3, True, set_to_none=pick([True, False]), read_as=lists_of
    )


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
@pytest.mark.hint("As in PyTorch, set_to_none is True unless said otherwise.")
def test_zero_to_none(agree, rand):
    """Zeroing to None, which is the default."""
    agree(zeroed, [rand(3), rand(3)])


# ---------------------------------------------------------------- linreg_grads


@pytest.mark.task("linreg_grads")
@pytest.mark.points(1)
@pytest.mark.hint("The lecture printed 10.0239 and 1.3666 for these fifteen points.")
def test_linreg_of_the_lecture(agree):
    """The fifteen points of the lecture at w = 0.416484, b = 0.48188."""
    x = [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1]
    y = [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3]
    w, b, x, y = (torch.tensor(values, dtype=torch.float64) for values in (0.416484, 0.48188, x, y))
    agree(linreg_by_hand, w, b, x[:, None], y[:, None])


@pytest.mark.task("linreg_grads")
@pytest.mark.points(3)
@pytest.mark.hint("The derivative of a square has a factor 2, and a mean divides by n.")
def test_linreg_random(agree, rand):
    """Seven random points."""
    agree(linreg_by_hand, rand(), rand(), rand(7, 1), rand(7, 1))
