"""Public tests of autograd.py. Inputs are random float64 tensors unless a test says otherwise."""

import pytest
import torch
from probes import (
    JOINING,
    accumulated,
    applied,
    bptt_part,
    counted_nodes,
    diagnosed,
    differentiated,
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
    truncated,
    truncated_losses,
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
    agree(counted_nodes, "tanh", pick(range(3000, 4000)), rand(2))


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
@pytest.mark.points(2)
@pytest.mark.hint("The derivative of a square has a factor 2, and a mean divides by n.")
def test_linreg_random(agree, rand):
    """Seven random points."""
    agree(linreg_by_hand, rand(), rand(), rand(7, 1), rand(7, 1))


@pytest.mark.task("linreg_grads")
@pytest.mark.points(1)
@pytest.mark.hint("All errors are one tensor (n, 1); the sums over the points are its means, times x or not.")
@pytest.mark.forbid(
    "torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward", "torch.enable_grad"
)
def test_linreg_operations(ops_at_most, rand):
    """A hundred points by at most 40 operations: no loop over them, and no autograd."""
    ops_at_most(linreg_by_hand, 40, rand(), rand(), rand(100, 1), rand(100, 1))


# ---------------------------------------------------------------- bptt_grads


def network(rand, T, d, h, q):
    """X, Y, Whx, Whh and Wqh; Whh is small, so that nothing explodes."""
    return rand(T, d), rand(T, q), rand(h, d), rand(h, h) / h**0.5 / 1.5, rand(q, h)


@pytest.mark.task("bptt_grads")
@pytest.mark.points(2)
@pytest.mark.hint("dL/do_t = 2 (o_t - y_t) / T, and dL/dWqh is the sum of dL/do_t h_t^T.")
def test_bptt_output_weights(agree, rand):
    """The gradient of Wqh, which needs no recursion."""
    agree(bptt_part, ["dWqh"], *network(rand, 5, 3, 4, 2))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(3)
@pytest.mark.hint("h_t acts on L through o_t and through h_{t+1}: both ways add up.")
def test_bptt_states(agree, rand):
    """The gradient of every state h_t."""
    agree(bptt_part, ["dh"], *network(rand, 6, 3, 4, 2))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(2)
@pytest.mark.hint("The sum of dL/dh_t x_t^T, over all steps.")
def test_bptt_input_weights(agree, rand):
    """The gradient of Whx."""
    agree(bptt_part, ["dWhx"], *network(rand, 6, 2, 4, 3))


@pytest.mark.task("bptt_grads")
@pytest.mark.points(2)
@pytest.mark.hint("The sum of dL/dh_t h_{t-1}^T: the state that Whh was multiplied with.")
def test_bptt_recurrent_weights(agree, rand):
    """The gradient of Whh."""
    agree(bptt_part, ["dWhh"], *network(rand, 6, 3, 4, 2))


# ---------------------------------------------------------------- dh_expanded


@pytest.mark.task("dh_expanded")
@pytest.mark.points(2)
@pytest.mark.hint("i = T goes with power 0 and dL/do_t; i = t with power T - t and dL/do_T.")
def test_expanded_in_the_middle(agree, rand, pick):
    """A step in the middle of six."""
    agree("dh_expanded", pick([2, 3, 4]), 6, rand(6, 2), rand(4, 4), rand(2, 4))


@pytest.mark.task("dh_expanded")
@pytest.mark.points(1)
@pytest.mark.hint("Nothing comes after the last step: only its own output counts.")
def test_expanded_last_step(agree, rand, pick):
    """The last step, t = T."""
    T = pick([4, 5])
    agree("dh_expanded", T, T, rand(T, 3), rand(4, 4), rand(3, 4))


# ---------------------------------------------------------------- truncated_grads


@pytest.mark.task("truncated_grads")
@pytest.mark.points(2)
@pytest.mark.hint("k = 6: 51.1193 and 35.0695; k = 3: 36.2581 and 30.0363; k = 2: 28.3167 and 24.6689.")
def test_truncated_example(agree):
    """x = 1, 2, .., 6, wx = 0.5, wh = 0.9, cut every 6 (not at all), 3 and 2 steps."""
    X = torch.arange(1, 7, dtype=torch.float64)
    wx, wh = torch.tensor(0.5, dtype=torch.float64), torch.tensor(0.9, dtype=torch.float64)
    for k in (6, 3, 2):
        agree(truncated, X, wx, wh, k)


@pytest.mark.task("truncated_grads")
@pytest.mark.points(2)
@pytest.mark.hint("`detach` keeps the value of the state and cuts its graph; cut before step k + 1.")
def test_truncated_random(agree, rand):
    """Eight random inputs, cut every four steps."""
    agree(truncated, rand(8), rand(low=0.3, high=0.9), rand(low=0.5, high=1), 4)


@pytest.mark.task("truncated_grads")
@pytest.mark.points(1)
@pytest.mark.hint("Cutting the graph changes gradients, not values: the state is carried on.")
def test_truncated_loss(agree, rand, pick):
    """The loss, however often the graph is cut."""
    cases = list(zip([8, 7, 6], pick([1, 2, 4], 3), strict=True))
    agree(truncated_losses, rand(8), rand(low=0.3, high=0.9), rand(low=0.5, high=1), cases)


# ---------------------------------------------------------------- MySoftmax, MyReLU


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
def test_softmax_forward(agree, rand):
    """The values of MySoftmax."""
    agree(applied, "MySoftmax", rand(3, 5))


@pytest.mark.task("MySoftmax")
@pytest.mark.points(1)
@pytest.mark.hint("Every y depends on every x of its row: -0.1418, -0.1408, 0.2826.")
def test_softmax_by_hand(agree):
    """x = g = (1, 2, 3), small enough to check by hand."""
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    agree(differentiated, "MySoftmax", x, x)


@pytest.mark.task("MySoftmax")
@pytest.mark.points(2)
@pytest.mark.hint("(diag(y) - y y^T) g, without building the matrix: y (g - sum of y g), row by row.")
def test_softmax_backward(agree, rand):
    """The gradient of MySoftmax for several rows, with a random upstream gradient."""
    agree(differentiated, "MySoftmax", rand(3, 5), rand(3, 5))


@pytest.mark.task("MySoftmax")
@pytest.mark.points(2)
@pytest.mark.hint("The upstream gradient passes where x is positive.")
def test_relu(agree, rand):
    """Values and gradients of MyReLU."""
    agree(differentiated, "MyReLU", rand(4, 3), rand(4, 3))


# ---------------------------------------------------------------- grad_norms, diagnose


def orthogonal(rand, n):
    """A random orthogonal matrix: it turns, and leaves lengths as they are."""
    return torch.linalg.qr(rand(n, n))[0]


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("An orthogonal matrix keeps lengths: ten steps of 0.5 times one leave 0.5 ** 10.")
def test_norms_of_orthogonal(agree, rand, pick):
    """Ten steps through a multiple of an orthogonal matrix."""
    agree("grad_norms", pick([0.5, 0.9, 1.5]) * orthogonal(rand, 5), rand(5), 10)


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("W^T, not W; entry 0 is the length of g itself, and nothing is normalised.")
def test_norms_of_random(agree, rand):
    """Six steps through a random matrix."""
    agree("grad_norms", rand(4, 4), rand(4), 6)


@pytest.mark.task("grad_norms")
@pytest.mark.points(1)
@pytest.mark.hint("r < 1 vanishes, r = 1 is stable, r > 1 explodes.")
def test_diagnosis_of_orthogonal(agree, rand, pick):
    """Multiples of orthogonal matrices, in random order."""
    factors = pick([0.3, 0.7, 0.9, 1.0, 1.1, 1.4, 2.0], 7)
    agree(diagnosed, [factor * orthogonal(rand, 4) for factor in factors])
