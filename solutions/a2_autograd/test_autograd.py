"""Hidden tests of autograd.py: other graphs and shapes, edges, dtypes."""

import pytest
import torch
from probes import (
    JOINING,
    accumulated_in_part,
    bptt_part,
    counted_nodes,
    diagnosed,
    diagnosed_with,
    differentiated,
    example_gradients,
    example_graph,
    frozen_already,
    frozen_way,
    kept,
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
    truncated,
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
    """A parameter that only the second loss uses: None before, then zeros or, unless said otherwise, None."""
    options = [{}, {"set_to_none": False}, {"set_to_none": True}]
    agree(accumulated_in_part, rand(4, 3), rand(3), rand(1), pick(options, 3))


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


# ---------------------------------------------------------------- bptt_grads


ALL = ["dWhx", "dWhh", "dWqh", "dh"]


def network(rand, T, d, h, q, dtype=torch.float64):
    """X, Y, Whx, Whh and Wqh; Whh is small, so that nothing explodes."""
    small = rand(h, h, dtype=dtype) / h**0.5 / 1.5
    return (
        rand(T, d, dtype=dtype),
        rand(T, q, dtype=dtype),
        rand(h, d, dtype=dtype),
        small,
        rand(q, h, dtype=dtype),
    )


@pytest.mark.task("bptt_grads")
@pytest.mark.points(1)
@pytest.mark.hint("With one step there is no recursion, and h_0 = 0: the gradient of Whh is zero.")
def test_bptt_one_step(agree, rand):
    """A single step: all gradients."""
    agree(bptt_part, ALL, *network(rand, 1, 3, 4, 2))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(1)
@pytest.mark.hint("Each dL/dh_t is made from dL/dh_{t+1} by one product; what was computed is kept.")
@pytest.mark.forbid(
    "torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward", "torch.enable_grad"
)
def test_bptt_forty_steps(ops_at_most, rand):
    """Forty steps by at most 1700 operations, without autograd: all gradients."""
    T = 40
    ops_at_most(bptt_part, 40 * T + 100, ALL, *network(rand, T, 2, 5, 3))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(1)
@pytest.mark.hint("With all sizes equal the shapes fit whatever is transposed.")
def test_bptt_square(agree, rand):
    """As many steps as inputs, states and outputs: all gradients."""
    agree(bptt_part, ALL, *network(rand, 4, 4, 4, 4))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(1)
@pytest.mark.hint("The results have the dtype of the inputs: new tensors from old ones, as X.new_zeros.")
def test_bptt_keeps_dtype(agree, rand):
    """float32 in, float32 out."""
    agree(bptt_part, ALL, *network(rand, 5, 3, 4, 2, torch.float32), rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------- dh_expanded


@pytest.mark.task("dh_expanded")
@pytest.mark.points(1)
@pytest.mark.hint("The first step has the longest way to the end: T terms, the highest power is T - 1.")
def test_expanded_first_step(agree, rand):
    """The first step, as many steps as states and outputs."""
    agree("dh_expanded", 1, 4, rand(4, 4), rand(4, 4), rand(4, 4))


@pytest.mark.task("dh_expanded")
@pytest.mark.points(2)
def test_expanded_elsewhere(agree, rand, pick):
    """Another step, other sizes."""
    agree("dh_expanded", pick(range(2, 8)), 9, rand(9, 5), rand(3, 3) / 2, rand(5, 3))


# ---------------------------------------------------------------- truncated_grads


@pytest.mark.task("truncated_grads")
@pytest.mark.points(2)
def test_truncated_last_part_shorter(agree, rand):
    """Seven steps, cut every three: the last part has one."""
    agree(truncated, rand(7), rand(low=0.3, high=0.9), rand(low=0.5, high=1), 3)


@pytest.mark.task("truncated_grads")
@pytest.mark.points(1)
@pytest.mark.hint("With k = 1 each state gets its gradient from its own step only.")
def test_truncated_every_step(agree, rand):
    """Cut after every step."""
    agree(truncated, rand(6), rand(low=0.3, high=0.9), rand(low=0.5, high=1), 1)


@pytest.mark.task("truncated_grads")
@pytest.mark.points(1)
@pytest.mark.hint("With k >= T nothing is cut.")
def test_truncated_never(agree, rand, pick):
    """k as large as the number of steps, or larger."""
    agree(truncated, rand(5), rand(low=0.3, high=0.9), rand(low=0.5, high=1), pick([5, 6, 50]))


# ---------------------------------------------------------------- MySoftmax, MyReLU


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
@pytest.mark.hint("The derivative of relu at 0 is 0, as in PyTorch.")
def test_relu_at_zero(agree, rand):
    """MyReLU where some x are exactly 0."""
    x = rand(4, 3)
    x[1], x[2, 0] = 0, 0
    agree(differentiated, "MyReLU", x, rand(4, 3))


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
@pytest.mark.hint("exp(1000) is infinite: take the largest score of each row off first.")
def test_softmax_large_scores(agree, rand):
    """Scores in the thousands: one overflows, a row underflows, and a row lies so close that all count."""
    x = 1000 * rand(3, 4)
    x[0, 0], x[1], x[2] = 1000 + x[0, 0].abs(), -1000 - x[1].abs(), 1000 + rand(4)
    agree(differentiated, "MySoftmax", x, rand(3, 4))


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
@pytest.mark.hint("The sums run over the last dimension.")
def test_softmax_three_dimensions(check_gradients, rand):
    """Three dimensions of equal size: backward of both functions, also as the forward pass measures it."""
    check_gradients("MySoftmax", rand(3, 3, 3))
    x = rand(3, 3, 3)
    check_gradients("MyReLU", x + 0.5 * x.sign())  # the bend at 0 is far


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
@pytest.mark.hint("ctx.save_for_backward(y), and ctx.saved_tensors in backward; not ctx.y = y.")
def test_functions_save_for_backward(agree, rand):
    """Both are nodes of their own in the graph, and keep tensors by save_for_backward."""
    agree(kept, rand(2, 5))


# ---------------------------------------------------------------- grad_norms, diagnose


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("T = 0 is no step: one entry, the length of g. Each length needs one product more.")
@pytest.mark.forbid("torch.linalg.matrix_power", "torch.matrix_power")
def test_norms_of_no_and_many_steps(agree, rand, pick):
    """No step at all, and thirty; without matrix_power."""
    agree("grad_norms", rand(3, 3), rand(3), 0)
    agree("grad_norms", rand(6, 6) / 2, rand(6), 30)


def triangular(rand, eigenvalues, scale):
    """A matrix with the given eigenvalues, and what stands beside them `scale` large: far from symmetric."""
    n = len(eigenvalues)
    return torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) + scale * rand(n, n).triu(diagonal=1)


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("A norm says what one step can do at most; after many steps the eigenvalues decide.")
def test_diagnosis_of_other_matrices(agree, rand, pick):
    """Matrices whose norms are far above their spectral radius, and others, in random order."""
    matrices = [
        triangular(rand, [0.5, 0.8, 0.4], 5.0),
        triangular(rand, [0.9, -0.7, 0.1], 5.0),
        triangular(rand, [0.6, 1.0, 0.2], 3.0),
        triangular(rand, [0.1, -1.3, 0.2], 1.0),
        triangular(rand, [1.5, 0.1, 0.2], 0.1),
        triangular(rand, [0.9, 1.2, 1.5], 0.1),
        torch.tensor([[0.0, -1.2], [1.2, 0.0]], dtype=torch.float64),
        torch.tensor([[0.0, -0.7], [0.7, 0.0]], dtype=torch.float64),
    ]
    agree(diagnosed, pick(matrices, len(matrices)))


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("Within `tolerance` of 1 the diagnosis is stable.")
def test_diagnosis_with_a_tolerance(agree, rand, pick):
    """Spectral radii near 1, with a wide and with a narrow tolerance, in random order."""
    cases = [
        (radius, tolerance) for radius in (0.95, 1.05, 1.005, 0.9995) for tolerance in (0.1, 0.01, 0.0001)
    ]
    matrices = [(triangular(rand, [radius, 0.3], 1.0), tolerance) for radius, tolerance in cases]
    agree(diagnosed_with, pick(matrices, 12))
