"""Hidden tests of autograd.py: other graphs and shapes, edges, dtypes."""

import pytest
import torch
from probes import (
    JOINING,
    accumulated_in_part,
    counted_nodes,
    example_gradients,
    example_graph,
    frozen_already,
    frozen_way,
    left_gradients,
    linreg_by_hand,
    nodes_of_several,
    ordered,
    ordered_twice,
    renumbered,
    simulated,
    simulated_only,
    some_positive,
    steps_of,
    tangled,
    zeroed,
)

# ---------------------------------------------------------------- build_example


@pytest.mark.task("build_example")
@pytest.mark.points(1)
def test_example_rectangular(agree, rand):
    """A wider matrix b: nodes and values."""
    agree(example_graph, rand(3, 3), some_positive(rand(3, 5)))


@pytest.mark.task("build_example")
@pytest.mark.points(1)
@pytest.mark.hint("`@` of two vectors is a dot product: another node than that of two matrices.")
def test_example_vectors(agree, rand):
    """Two vectors: nodes and values."""
    agree(example_graph, rand(4), some_positive(rand(4)))


@pytest.mark.task("build_example")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_example_gradients(agree, rand):
    """Gradients of a and b."""
    agree(example_gradients, rand(3, 3), some_positive(rand(3, 2)), rand(3, 2))


# ---------------------------------------------------------------- graph_nodes


@pytest.mark.task("graph_nodes")
@pytest.mark.points(2)
def test_nodes_of_other_graphs(agree, rand, pick):
    """Five graphs of three leaves."""
    programs, leaves = [tangled(pick, 3, 5) for _ in range(5)], [rand(2, 2) / 4 for _ in range(3)]
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
def test_order_of_a_larger_graph(agree, rand, pick):
    """A larger graph of three leaves."""
    agree(ordered, tangled(pick, 3, 8), [rand(2, 2) / 4 for _ in range(3)], read_as=list)


@pytest.mark.task("backward_order")
@pytest.mark.points(1)
@pytest.mark.hint("Installing a hook returns a handle; handle.remove() takes the hook away again.")
def test_order_twice(agree, rand, pick):
    """Two calls on the same root, and another backward pass after them."""
    agree(ordered_twice, tangled(pick, 2, 4), [rand(2, 2) / 4, rand(2, 2) / 4])


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
def test_queue_of_a_larger_graph(agree, rand, pick):
    """A larger graph of three leaves."""
    agree(simulated, tangled(pick, 3, 8), [rand(2, 2) / 4 for _ in range(3)], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("x * x hands two gradients to x's node: count both entries, or count consumers once each.")
def test_queue_of_repeated_inputs(agree, rand, pick):
    """Operations both of whose inputs are the same value."""
    program = [(pick(JOINING), n, n) for n in range(6)]
    agree(simulated, [*program, (pick(["add", "sub"]), 3, 6)], [rand(2, 2) / 4], read_as=steps_of)


@pytest.mark.task("simulate_queue")
@pytest.mark.points(1)
@pytest.mark.hint("Predict the order from the graph; no backward pass is to run.")
def test_queue_runs_no_backward(agree, rand, pick):
    """The leaves have no gradients after the call."""
    agree(simulated_only, tangled(pick, 2, 4), [rand(2, 2) / 4, rand(2, 2) / 4])


# ---------------------------------------------------------------- frozen_forward


@pytest.mark.task("frozen_forward")
@pytest.mark.points(1)
@pytest.mark.hint("The way that `how` names, and only that one; `.data` is not `.detach()`.")
def test_frozen_way(agree, rand, pick):
    """How W stands while the product is computed: by its flag, under no_grad, or through detach."""
    agree(frozen_way, rand(3, 4), rand(4, 2), pick(["flag", "no_grad", "detach"], 3))


@pytest.mark.task("frozen_forward")
@pytest.mark.points(1)
@pytest.mark.hint("Set the flag to what it was before, which need not be True.")
def test_frozen_already(agree, rand, pick):
    """A W that requires no gradient stays so."""
    agree(frozen_already, rand(2, 3), rand(3, 5), pick(["flag", "no_grad", "detach"], 3))


# ---------------------------------------------------------------- accumulate, zero_grads


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
@pytest.mark.hint("A parameter that a loss does not use has no gradient from it: what zeroing left is there.")
def test_accumulate_unused_parameter(agree, rand, pick):
    """A parameter that only the second loss uses: None before, None or zeros after."""
    agree(accumulated_in_part, rand(4, 3), rand(3), rand(1), pick([True, False], 2))


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
@pytest.mark.trivial("zeros", "with set_to_none=False the gradients are zeros")
@pytest.mark.hint("A parameter that no loss has used has no gradient yet.")
def test_zero_to_zeros(agree, rand):
    """Zeroing to zeros, where one gradient is None."""
    agree(zeroed, [rand(3), None, rand(3)], set_to_none=False)


# ---------------------------------------------------------------- linreg_grads


@pytest.mark.task("linreg_grads")
@pytest.mark.points(2)
@pytest.mark.hint("(n, 1) minus (n,) broadcasts to (n, n): every prediction with every target.")
def test_linreg_flat_targets(agree, rand):
    """Targets of shape (n,)."""
    agree(linreg_by_hand, rand(), rand(), rand(6, 1), rand(6))


@pytest.mark.task("linreg_grads")
@pytest.mark.points(1)
def test_linreg_one_point(agree, rand):
    """A single point."""
    agree(linreg_by_hand, rand(), rand(), rand(1, 1), rand(1, 1))


@pytest.mark.task("linreg_grads")
@pytest.mark.points(1)
@pytest.mark.hint("The results have the dtype of the inputs: no `.double()`, no Python numbers.")
def test_linreg_keeps_dtype(agree, rand):
    """float32 in, float32 out."""
    w, b = rand(dtype=torch.float32), rand(dtype=torch.float32)
    x, y = rand(9, 1, dtype=torch.float32), rand(9, 1, dtype=torch.float32)
    agree(linreg_by_hand, w, b, x, y, rtol=1e-4, atol=1e-5)
