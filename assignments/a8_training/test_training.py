"""Public tests of training.py. Inputs are random float64 tensors unless a test says otherwise."""

import pytest
import torch
from probes import (
    accuracy_of_lstm,
    clear_gradients,
    decoded,
    decoder_state,
    descended,
    draw_reviews,
    draw_words,
    evaluated,
    fitted_history,
    fitted_reviews,
    in_batches,
    left_mode,
    line_after,
    on_a_parabola,
    parabola_losses,
    printed_steps,
    read_moments,
    readable,
    resumed,
    several_losses,
    several_steps,
    small_state,
    stepped,
    trained_in_parts,
    trained_line,
    with_gradients,
)

POINTS_OF_THE_LECTURE = (
    [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1],
    [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3],
)
NO_TORCH_SGD = "torch.optim.SGD"
NO_TORCH_ADAM = "torch.optim.Adam", "torch.optim.AdamW"


def fifteen_points(dtype):
    """The lecture's fifteen points as two tensors (15, 1)."""
    return tuple(torch.tensor(values, dtype=dtype)[:, None] for values in POINTS_OF_THE_LECTURE)


# ---------------------------------------------------------------- parabola_loss, loss_surface


@pytest.mark.task("parabola_loss")
@pytest.mark.points(1)
@pytest.mark.hint("With a = b = 1 the predictions are 2, 2, 5; the mean over the three points is 5 / 3.")
def test_parabola_of_the_lecture(agree, pick):
    """The lecture's three points, with a = b = 1, at the minimum, and twice beside it, in random order."""
    pairs = pick([(1.0, 1.0), (0.5, 1.0), (0.0, 0.0), (-1.0, 2.0)], 4)
    x, y = torch.tensor([[-1, 1, 2], [1, 2, 3]], dtype=torch.float64)
    agree(parabola_losses, torch.tensor(pairs, dtype=torch.float64), x, y)


@pytest.mark.task("parabola_loss")
@pytest.mark.points(2)
def test_parabola_random(agree, rand):
    """Seven random points, three pairs of a and b."""
    agree(parabola_losses, rand(3, 2), rand(7), rand(7))


@pytest.mark.task("parabola_loss")
@pytest.mark.points(2)
@pytest.mark.hint("A[:, None, None], B[None, :, None] and x (n,) broadcast to (p, q, n).")
def test_surface(agree, rand):
    """More values of a than of b."""
    agree("loss_surface", rand(5), rand(3), rand(4), rand(4))


# ---------------------------------------------------------------- gradient_descent, max_stable_lr


def slow_enough(x):
    """A learning rate below the limit: the largest eigenvalue is at most the sum of both."""
    return 1 / (x.pow(4).mean() + 1).item()


@pytest.mark.task("gradient_descent")
@pytest.mark.points(1)
@pytest.mark.hint("The lecture's minimum lies at a = .5, b = 1; this ends at (.500547, .998440).")
def test_descent_of_the_lecture(agree):
    """A hundred steps from (0, 0) with a learning rate of .1, for the lecture's three points."""
    x, y = torch.tensor([[-1, 1, 2], [1, 2, 3]], dtype=torch.float64)
    agree("gradient_descent", x, y, 0.1, 100, torch.zeros(2, dtype=torch.float64))


@pytest.mark.task("gradient_descent")
@pytest.mark.points(3)
@pytest.mark.hint(
    "dL/da = mean of 2 e x^2, dL/db = mean of 2 e, where e = a x^2 + b - y; both before the step."
)
def test_descent_random(agree, rand, pick):
    """Random points, and some steps from a random place."""
    x = rand(6)
    agree("gradient_descent", x, rand(6), slow_enough(x), pick(range(4, 9)), rand(2))


@pytest.mark.task("gradient_descent")
@pytest.mark.points(2)
@pytest.mark.hint("The second derivatives are means of 2 x^4, 2 x^2 and 2.")
def test_limit_random(agree, rand):
    """The greatest stable learning rate for random points."""
    agree("max_stable_lr", rand(5), read_as=float)


# ---------------------------------------------------------------- SGD


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.hint("Three steps from 1 with lr .1: .7290, with momentum .9 .4860, with nesterov too .3273.")
def test_sgd_of_the_lecture(agree, pick):
    """Three steps on w^2 / 2 from w = 1: plain, with momentum, and with nesterov, in random order."""
    ways = [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "nesterov": True}]
    agree(on_a_parabola, [("SGD", way) for way in pick(ways, 3)], torch.ones((), dtype=torch.float64))


@pytest.mark.task("SGD")
@pytest.mark.points(1)
@pytest.mark.forbid(NO_TORCH_SGD)
def test_sgd_plain(agree, rand):
    """Ten steps of plain gradient descent, for two parameters."""
    agree(descended, "SGD", [rand(4), rand(4)], rand(3, 4), 10, lr=0.05)


@pytest.mark.task("SGD")
@pytest.mark.points(2)
@pytest.mark.forbid(NO_TORCH_SGD)
@pytest.mark.hint(
    "v <- momentum * v + g: the gradient comes in whole, and each parameter has a v of its own."
)
def test_sgd_momentum(agree, rand):
    """Twenty steps with momentum."""
    momentum = rand(low=0.5, high=0.95).item()
    agree(descended, "SGD", [rand(4), rand(4)], rand(3, 4), 20, lr=0.03, momentum=momentum)


# ---------------------------------------------------------------- Adam, AdamW


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Adam with lr .1 ends at .70159; AdamW at .67510 with weight_decay .1, at .69891 with its own."
)
def test_adam_of_the_lecture(agree, pick):
    """Three steps on w^2 / 2 from w = 1: Adam, and AdamW with two weight decays, in random order."""
    ways = [("Adam", {"lr": 0.1}), ("AdamW", {"lr": 0.1, "weight_decay": 0.1}), ("AdamW", {"lr": 0.1})]
    agree(on_a_parabola, pick(ways, 3), torch.ones((), dtype=torch.float64), rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(3)
@pytest.mark.forbid(*NO_TORCH_ADAM)
@pytest.mark.hint("m and v begin at 0, so the first steps divide them by 1 - beta^t.")
def test_adam(agree, rand):
    """Ten steps of Adam by given gradients, for two parameters."""
    rounds = clear_gradients(rand, 10, 4, 3)
    agree(with_gradients, "Adam", [rand(4), rand(3)], rounds, lr=0.05, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(2)
@pytest.mark.forbid(*NO_TORCH_ADAM)
@pytest.mark.hint("The decay is taken off the weight itself; it is no part of the gradient that m and v see.")
def test_adamw(agree, rand):
    """Ten steps of AdamW by given gradients, for two parameters."""
    rounds, decay = clear_gradients(rand, 10, 4, 3), rand(low=0.1, high=0.3).item()
    options = {"lr": 0.05, "weight_decay": decay}
    agree(with_gradients, "AdamW", [rand(4), rand(3)], rounds, **options, rtol=1e-6, atol=1e-7)


@pytest.mark.task("Adam")
@pytest.mark.points(1)
@pytest.mark.hint("eps is added after the root: w - lr * m / (sqrt(v) + eps), m and v being corrected.")
def test_adam_tiny_gradients(agree, rand):
    """Three steps with gradients of 1e-7, where eps counts."""
    rounds = [[1e-7 * (1 + rand(3).abs())] for _ in range(3)]
    agree(with_gradients, "Adam", [rand(3)], rounds, lr=0.1, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- train_linear


@pytest.mark.task("train_linear")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Every fifth is printed: 11.2489 4.6657 1.9987 .9182 .4805 .3031 .2313 .2021 .1903 .1855 ..."
)
def test_line_of_the_lecture(agree):
    """The lecture's sixty losses, from w = -.41272535 and b = .32145225, with a learning rate of .001."""
    x, y = fifteen_points(torch.float64)
    agree(trained_line, x, y, -0.41272535, 0.32145225, 0.001, 60, rtol=1e-5, atol=1e-6)


@pytest.mark.task("train_linear")
@pytest.mark.points(3)
@pytest.mark.hint("Gradients are zeroed before each backward; a loss is recorded before its step.")
def test_line_random(agree, rand):
    """Losses and line for nine random points."""
    w0, b0 = rand(low=-2, high=2).item(), rand(low=-2, high=2).item()
    agree(trained_line, rand(9, 1), rand(9, 1), w0, b0, 0.1, 12, rtol=1e-5, atol=1e-6)


@pytest.mark.task("train_linear")
@pytest.mark.points(1)
def test_line_after_one_epoch(agree, rand):
    """The line after one step."""
    w0, b0 = rand(low=-2, high=2).item(), rand(low=-2, high=2).item()
    agree(line_after, rand(5, 1), rand(5, 1), w0, b0, 0.2, 1, rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------- print_grads


@pytest.mark.task("print_grads")
@pytest.mark.points(3)
@pytest.mark.hint("The parameter itself, not its `.data`; `.grad` as it is, None included.")
def test_printed_steps(agree, rand):
    """A line before backward, after it, after the step, and after zero_grad."""
    w, b = rand(dtype=torch.float32), rand(dtype=torch.float32)
    x, y = rand(6, 1, dtype=torch.float32), rand(6, 1, dtype=torch.float32)
    agree(printed_steps, w, b, x, y, 0.01, read_as=read_moments, rtol=1e-3, atol=2e-4)


# ---------------------------------------------------------------- train_step


@pytest.mark.task("train_step")
@pytest.mark.points(4)
@pytest.mark.hint("`.grad` holds gradients of an earlier batch when your function is called.")
def test_one_step(agree, rand):
    """One step with gradients left over from before: order, loss and weights."""
    state = small_state(rand)
    earlier = [rand(*value.shape) for value in state.values()]
    agree(stepped, state, (rand(6, 3), rand(6, 1)), earlier, 0.1)


@pytest.mark.task("train_step")
@pytest.mark.points(3)
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_several_steps(agree, rand, device):
    """The losses of five batches with momentum."""
    batches = [(rand(4, 3).to(device), rand(4, 1).to(device)) for _ in range(5)]
    agree(several_steps, small_state(rand), batches, 0.05, device)


# ---------------------------------------------------------------- evaluate


@pytest.mark.task("evaluate")
@pytest.mark.points(3)
@pytest.mark.hint("Weigh each batch by its size: loss_fn gives a mean.")
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_evaluate(agree, rand, device):
    """Loss and accuracy over batches of different sizes."""
    x, y = rand(9, 3).to(device), rand(9, low=0, high=3, dtype=torch.int64).to(device)
    agree(evaluated, small_state(rand, 3), in_batches(x, y, [5, 3, 1]), 0.0, device)


@pytest.mark.task("evaluate")
@pytest.mark.points(2)
@pytest.mark.hint("model.eval() switches dropout off.")
def test_evaluate_dropout(agree, rand):
    """A model with dropout, which is not random in evaluation."""
    x, y = rand(8, 3), rand(8, low=0, high=3, dtype=torch.int64)
    agree(evaluated, small_state(rand, 3), in_batches(x, y, [4, 4]), 0.5)


@pytest.mark.task("evaluate")
@pytest.mark.points(1)
@pytest.mark.hint("Remember model.training before you call model.eval().")
def test_evaluate_restores_the_mode(agree, rand, pick):
    """The mode afterwards, for a model that was in training and for one that was not."""
    x, y = rand(4, 3), rand(4, low=0, high=3, dtype=torch.int64)
    agree(left_mode, small_state(rand, 3), [(x, y)], pick([True, False], 2))


# ---------------------------------------------------------------- fit


@pytest.mark.task("fit")
@pytest.mark.points(2)
@pytest.mark.hint("An epoch: train_step on every batch, then evaluate; one dict each.")
def test_fit_history(agree, rand):
    """The history of three epochs, in batches of different sizes."""
    x, y = rand(11, 3), rand(11, low=0, high=3, dtype=torch.int64)
    validation = in_batches(rand(7, 3), rand(7, low=0, high=3, dtype=torch.int64), [4, 3])
    agree(
        fitted_history,
        small_state(rand, 3),
        in_batches(x, y, [5, 4, 2]),
        validation,
        3,
        0.02,
        rtol=1e-6,
        atol=1e-7,
    )


@pytest.mark.task("fit")
@pytest.mark.limits(seconds=30)
@pytest.mark.points(2)
def test_fit_lstm(learns, rand, pick):
    """An LSTM learns which words make a review a good one: new reviews, 85 % right."""
    words = draw_words(pick, 60)
    learns(
        fitted_reviews,
        "LSTMClassifier",
        60,
        pick(range(1000)),
        draw_reviews(rand, words, 384),
        draw_reviews(rand, words, 96),
        0.01,
        model=("LSTMClassifier", 60),
        evaluate=accuracy_of_lstm,
        unseen=(60, *draw_reviews(rand, words, 256)),
        above=0.85,
        false_fail=1e-6,
    )


# ---------------------------------------------------------------- decode_loss


def sequences(rand, batch, length):
    """Sequences (batch, length + 1) over six tokens; 0 is the first one's, the <sos>."""
    tokens = rand(batch, length + 1, low=1, high=6, dtype=torch.int64)
    tokens[:, 0] = 0
    return tokens


@pytest.mark.task("decode_loss")
@pytest.mark.points(3)
@pytest.mark.hint("Step t reads seqs[:, t] and predicts seqs[:, t + 1].")
def test_forced(agree, rand):
    """Teacher forcing at every step: the loss, and what was read."""
    agree(decoded, decoder_state(rand), sequences(rand, 2, 5), 1.0)


@pytest.mark.task("decode_loss")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Without the teacher each step reads the argmax of the logits before it; only <sos> is given."
)
def test_free_running(agree, rand):
    """No teacher forcing: the loss, and what was read."""
    state = decoder_state(rand)
    state["dense.bias"][0] = -20  # so that <sos> is read only where it is given
    agree(decoded, state, sequences(rand, 3, 6), 0.0)


# ---------------------------------------------------------------- save_checkpoint, load_checkpoint


@pytest.mark.task("checkpoints")
@pytest.mark.points(2)
@pytest.mark.hint("An optimizer such as Adam has a memory of its own, and the samples are shuffled by rng.")
def test_resume(agree, rand, pick):
    """Four steps after loading are the four steps without a stop; rng shuffles the samples."""
    agree(resumed, small_state(rand), rand(8, 3), rand(8, 1), pick(range(1000)), 0.0, True)


@pytest.mark.task("checkpoints")
@pytest.mark.points(1)
@pytest.mark.trivial("input", "the epoch that comes back is the one that was saved")
@pytest.mark.hint("Save state_dicts, not the objects.")
def test_readable_without_code(agree, rand, pick):
    """torch.load with weights_only=True reads the file, and load_checkpoint gives the epoch."""
    agree(readable, small_state(rand), pick(range(5, 500)))


# ---------------------------------------------------------------- losses


def classified(rand):
    """Logits and classes of five samples."""
    return rand(5, 4), rand(5, low=0, high=4, dtype=torch.int64)


def distributions(rand):
    """Log-probabilities and probabilities of three rows."""
    return rand(3, 4).log_softmax(dim=1), rand(3, 4).softmax(dim=1)


@pytest.mark.task("losses")
@pytest.mark.points(0.5)
@pytest.mark.hint("Logits go in, not probabilities: the loss does the softmax.")
def test_cross_entropy(agree, rand):
    """Cross-entropy of logits."""
    agree(several_losses, "ce", [classified(rand) for _ in range(3)])


@pytest.mark.task("losses")
@pytest.mark.points(0.5)
def test_mean_squares(agree, rand):
    """Mean squares of values of one shape."""
    agree(several_losses, "mse", [(rand(5, 2), rand(5, 2)) for _ in range(3)])


@pytest.mark.task("losses")
@pytest.mark.points(0.5)
@pytest.mark.hint("F.kl_div wants log-probabilities, and divides by all elements unless told otherwise.")
def test_divergence(agree, rand):
    """Kullback-Leibler divergence of log-probabilities."""
    agree(several_losses, "kl", [distributions(rand) for _ in range(3)])


@pytest.mark.task("losses")
@pytest.mark.points(0.5)
@pytest.mark.hint("Logits go in: F.binary_cross_entropy wants probabilities.")
def test_binary(agree, rand):
    """Binary cross-entropy of logits, with targets in between."""
    agree(several_losses, "bce", [(rand(6), rand(6, low=0, high=1)) for _ in range(3)])


# ---------------------------------------------------------------- to_device_and_amp


@pytest.mark.task("to_device_and_amp")
@pytest.mark.points(0)
@pytest.mark.hint("A mean over a part is k times too large; there is one step for each batch.")
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_parts_of_a_batch(agree, rand, pick, device):
    """Three batches in one part, in two and in four: the same losses and weights."""
    batches = [(rand(8, 3), rand(8, 1)) for _ in range(3)]
    agree(trained_in_parts, small_state(rand), batches, 0.05, str(device), pick([1, 2, 4], 3))
