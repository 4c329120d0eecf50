"""Hidden tests of training.py: other shapes and options, edges, what must not happen."""

import pytest
import torch
from probes import (
    clear_gradients,
    descended,
    handed_over,
    printed,
    read_lines,
    trained_line,
    with_gradients,
    zeroed,
)

# ---------------------------------------------------------------- parabola_loss, loss_surface


@pytest.mark.task("parabola_loss")
@pytest.mark.points(1)
@pytest.mark.hint("Row i belongs to A[i], column j to B[j].")
def test_surface_square(agree, rand):
    """As many values of a as of b, and as points."""
    agree("loss_surface", rand(4), rand(4), rand(4), rand(4))


@pytest.mark.task("parabola_loss")
@pytest.mark.points(1)
@pytest.mark.hint("All pairs are one broadcast tensor; a loop over a, b or the points takes hundreds.")
def test_surface_operations(ops_at_most, rand):
    """Thirty times twenty-five pairs by at most 40 operations, without looking at a value."""
    ops_at_most("loss_surface", 40, rand(30), rand(25), rand(60), rand(60), meta=True)


@pytest.mark.task("parabola_loss")
@pytest.mark.points(1)
@pytest.mark.hint("`.item()`, `.data` and float() cut the graph.")
def test_parabola_gradients(check_gradients, rand):
    """Gradients of a and b."""
    check_gradients("parabola_loss", rand(), rand(), rand(5), rand(5), wrt=[0, 1])


# ---------------------------------------------------------------- gradient_descent, max_stable_lr


@pytest.mark.task("gradient_descent")
@pytest.mark.points(1)
@pytest.mark.hint("Row 0 is init; no step, no other row.")
def test_descent_no_step(agree, rand):
    """No step: the beginning alone."""
    agree("gradient_descent", rand(4), rand(4), 0.1, 0, rand(2))


@pytest.mark.task("gradient_descent")
@pytest.mark.points(1)
@pytest.mark.hint("Above the limit each step goes further over the valley than the one before.")
def test_descent_diverges(agree, rand):
    """Thirty steps with a learning rate that is too high."""
    x = 1 + rand(5).abs()
    agree("gradient_descent", x, rand(5), 1.2 / x.pow(4).mean().item(), 30, rand(2))


@pytest.mark.task("gradient_descent")
@pytest.mark.points(1)
@pytest.mark.hint("With a single point the matrix of second derivatives is 2 f f^T with f = (x^2, 1).")
def test_limit_one_point(agree, rand):
    """The limit for a single point."""
    agree("max_stable_lr", 1 + rand(1).abs(), read_as=float)


# ---------------------------------------------------------------- SGD


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.hint("With nesterov the step is g + momentum * v, with the v that g was just added to.")
def test_sgd_nesterov(agree, rand):
    """Fifteen steps with nesterov."""
    momentum = rand(low=0.5, high=0.95).item()
    agree(descended, "SGD", [rand(3), rand(3)], rand(4, 3), 15, lr=0.02, momentum=momentum, nesterov=True)


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.hint("weight_decay * w is added to the gradient, before the momentum.")
def test_sgd_weight_decay(agree, rand):
    """Fifteen steps with weight decay and momentum."""
    decay = rand(low=0.2, high=0.5).item()
    agree(descended, "SGD", [rand(3), rand(3)], rand(4, 3), 15, lr=0.05, momentum=0.8, weight_decay=decay)


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.hint("A parameter without a gradient is left alone, also by weight decay and momentum.")
def test_sgd_without_gradients(agree, rand):
    """A gradient that is None, and zero_grad."""
    rounds = [[rand(3), rand(2)], [None, rand(2)], [rand(3), None]]
    options = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.3}
    agree(with_gradients, "SGD", [rand(3), rand(2)], rounds, **options)
    agree(zeroed, "SGD", [rand(3)], [rand(3)], **options)


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.hint("What the optimizer remembers from step to step are the velocities.")
def test_sgd_handed_over(agree, rand):
    """A second optimizer goes on from the first one's state_dict."""
    agree(handed_over, "SGD", [rand(3), rand(2)], clear_gradients(rand, 5, 3, 2), 3, lr=0.02, momentum=0.9)


# ---------------------------------------------------------------- Adam, AdamW


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("Adam adds weight_decay * w to the gradient.")
def test_adam_weight_decay(agree, rand):
    """Adam with weight decay."""
    options = {"lr": 0.05, "weight_decay": 0.5}
    agree(
        with_gradients,
        "Adam",
        [rand(3), rand(2)],
        clear_gradients(rand, 6, 3, 2),
        **options,
        rtol=1e-6,
        atol=1e-7,
    )


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("The decay takes lr * weight_decay * w off the old weight, before anything else.")
def test_adamw_one_step(agree, rand, pick):
    """One step of AdamW with a high decay."""
    options = {"lr": 0.1, "weight_decay": pick([1.0, 1.5, 2.0])}
    rounds = clear_gradients(rand, 1, 3, 4)
    agree(with_gradients, "AdamW", [rand(3), rand(4)], rounds, **options, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("Both betas and eps are arguments; the defaults are .9, .999 and 1e-8.")
def test_adam_betas(agree, rand):
    """Other betas and another eps."""
    options = {"lr": 0.05, "betas": (0.7, 0.9), "eps": 0.1}
    rounds = clear_gradients(rand, 6, 3, 2)
    agree(with_gradients, "Adam", [rand(3), rand(2)], rounds, **options, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("t counts the steps of one parameter; where its gradient is None, it does not move on.")
def test_adam_without_gradients(agree, rand):
    """Gradients that are None now and then: each parameter has a count of its own."""
    (one, two), (three, four), (five, six) = clear_gradients(rand, 3, 3, 2)
    rounds = [[one, None], [None, two], [three, four], [five, six]]
    agree(with_gradients, "Adam", [rand(3), rand(2)], rounds, lr=0.1, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("m, v and t all belong to the state.")
@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_adam_handed_over(agree, rand, name):
    """A second optimizer goes on from the first one's state_dict."""
    rounds = clear_gradients(rand, 6, 3, 2)
    agree(handed_over, name, [rand(3), rand(2)], rounds, 3, lr=0.1, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("lr is 1e-3 unless said otherwise.")
def test_adam_hundred_steps(agree, rand):
    """A hundred steps of Adam with all its defaults."""
    rounds = clear_gradients(rand, 100, 3, 2)
    agree(with_gradients, "Adam", [rand(3), rand(2)], rounds, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- train_linear


@pytest.mark.task("train_linear")
@pytest.mark.points(1)
@pytest.mark.hint("(n, 1) minus (n,) broadcasts to (n, n): every prediction with every target.")
def test_line_flat_targets(agree, rand):
    """Targets of shape (n,)."""
    agree(trained_line, rand(7, 1), rand(7), 0.3, -0.2, 0.1, 8, rtol=1e-5, atol=1e-6)


@pytest.mark.task("train_linear")
@pytest.mark.points(1)
@pytest.mark.hint("Without an epoch there is no loss, and the line is where it began.")
def test_line_no_epoch(agree, rand):
    """No epoch at all."""
    w0, b0 = rand(low=-2, high=2).item(), rand(low=-2, high=2).item()
    agree(trained_line, rand(4, 1), rand(4, 1), w0, b0, 0.1, 0, rtol=1e-5, atol=1e-6)


@pytest.mark.task("train_linear")
@pytest.mark.points(1)
def test_line_float32(agree, rand):
    """Points in float32, and a longer training."""
    x, y = rand(20, 1, dtype=torch.float32), rand(20, 1, dtype=torch.float32)
    agree(trained_line, x, y, 1.5, -1.0, 0.05, 40, rtol=1e-4, atol=1e-5)


@pytest.mark.task("train_linear")
@pytest.mark.points(1)
@pytest.mark.hint("All points go through the model at once: x is (n, 1).")
def test_line_operations(ops_at_most, rand):
    """Fifty points, five epochs, by at most 360 operations."""
    ops_at_most(trained_line, 360, rand(50, 1), rand(50, 1), 0.3, -0.2, 0.1, 5, rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------- print_grads


def state_of_two_layers(rand):
    """Weights for the model of `printed`."""
    shapes = {"0.weight": (3, 2), "0.bias": (3,), "1.1.weight": (1, 3), "1.1.bias": (1,)}
    return {name: rand(*shape, dtype=torch.float32) for name, shape in shapes.items()}


@pytest.mark.task("print_grads")
@pytest.mark.points(1)
@pytest.mark.hint("named_parameters() goes through all layers, and says '1.1.weight'.")
def test_printed_layers(agree, rand):
    """Two layers, one of them inside another module."""
    x = rand(4, 2, dtype=torch.float32)
    agree(printed, state_of_two_layers(rand), x, read_as=read_lines, rtol=1e-3, atol=2e-4)


@pytest.mark.task("print_grads")
@pytest.mark.points(1)
@pytest.mark.hint("A frozen parameter is a parameter as well.")
def test_printed_frozen(agree, rand, pick):
    """Two parameters that require no gradient."""
    frozen = pick(["0.weight", "0.bias", "1.1.weight", "1.1.bias"], 2)
    x = rand(4, 2, dtype=torch.float32)
    agree(printed, state_of_two_layers(rand), x, frozen, read_as=read_lines, rtol=1e-3, atol=2e-4)
