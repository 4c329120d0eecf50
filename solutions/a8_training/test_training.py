"""Hidden tests of training.py: other shapes and options, edges, what must not happen."""

import pytest
import torch
from probes import (
    accuracy_of_transformer,
    classified_step,
    clear_gradients,
    coin_facts,
    coins,
    decoded_gradients,
    decoder_state,
    descended,
    draw_reviews,
    draw_words,
    evaluated,
    evaluated_logits,
    fitted_best,
    fitted_last,
    fitted_reviews,
    fitted_twice,
    handed_over,
    in_batches,
    left_graph,
    linear_step,
    losses_in_parts,
    modes,
    moved_on,
    precision_facts,
    printed,
    read_lines,
    repeated_coins,
    resumed,
    several_losses,
    small_state,
    step_value,
    told_epochs,
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
    """Targets of shape (n,), from a line far away from them."""
    agree(trained_line, rand(7, 1), rand(7), 1.5, -2.5, 0.1, 8, rtol=1e-5, atol=1e-6)


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


# ---------------------------------------------------------------- train_step


@pytest.mark.task("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("Any model, any loss: what comes in as loss_fn is what is minimised.")
def test_step_of_a_classifier(agree, rand):
    """A classifier, its cross-entropy, and Adam."""
    x, y = rand(20, 3), rand(20, low=0, high=3, dtype=torch.int64)
    agree(classified_step, small_state(rand, 3), x, y, 0.01, rtol=1e-6, atol=1e-7)


@pytest.mark.task("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("model.train(): somebody may have evaluated the model since the last step.")
def test_step_in_training_mode(agree, rand):
    """The model is put into training mode for each batch."""
    agree(modes, small_state(rand), [(rand(4, 3), rand(4, 1)) for _ in range(2)], 0.1)


@pytest.mark.task("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("loss.item() is a float; the loss itself keeps the whole graph alive.")
def test_loss_is_a_float(agree, rand):
    """The loss comes back as a Python float."""
    agree(step_value, small_state(rand), rand(4, 3), rand(4, 1))


@pytest.mark.task("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("The batch goes through the model as a whole.")
def test_step_operations(ops_at_most, rand):
    """Fifty samples by at most 100 operations."""
    ops_at_most(linear_step, 100, rand(1, 3), rand(50, 3), rand(50, 1))


# ---------------------------------------------------------------- evaluate


@pytest.mark.task("evaluate")
@pytest.mark.points(1)
@pytest.mark.hint("196 samples, of which the 68 of one batch are all right: not the mean of two accuracies.")
def test_evaluate_uneven(agree, rand, pick):
    """A large batch that is half right, and a smaller one that is all right, in random order."""
    logits = rand(196, 4)
    y = logits.argmax(dim=1)
    y[:64] = (y[:64] + 1) % 4
    agree(evaluated_logits, pick(in_batches(logits, y, [128, 68]), 2))


@pytest.mark.task("evaluate")
@pytest.mark.points(2)
@pytest.mark.hint("torch.no_grad(): no graph is needed here, and it costs memory.")
def test_evaluate_without_graph(agree, rand):
    """What the loss gets has no graph; each batch runs once."""
    x, y = rand(7, 3), rand(7, low=0, high=3, dtype=torch.int64)
    agree(left_graph, small_state(rand, 3), in_batches(x, y, [4, 2, 1]))


@pytest.mark.task("evaluate")
@pytest.mark.points(1)
@pytest.mark.hint("Nothing can be said of no samples: raise ValueError.")
def test_evaluate_nothing(agree, rand):
    """A loader without a batch raises ValueError."""
    x, y = rand(3, 3), rand(3, low=0, high=3, dtype=torch.int64)
    state = small_state(rand, 3)
    agree(evaluated, state, [(x, y)])
    agree(evaluated, state, [])


# ---------------------------------------------------------------- fit


def labels_that_turn(rand, right, wrong):
    """Training batches for some epochs with the right labels and some with others, and a validation set."""
    rule = rand(3, 3)
    x, held_out = rand(60, 3), rand(300, 3)
    y = (x @ rule).argmax(dim=1)
    good, bad = in_batches(x, y, 10), in_batches(x, (y + 1) % 3, 10)
    return [good] * right + [bad] * wrong, [(held_out, (held_out @ rule).argmax(dim=1))]


@pytest.mark.task("fit")
@pytest.mark.limits(seconds=30)
@pytest.mark.points(1)
def test_fit_transformer(learns, rand, pick):
    """A Transformer learns which words make a review a good one: new reviews, 85 % right."""
    words = draw_words(pick, 60)
    learns(
        fitted_reviews,
        "TransformerClassifier",
        60,
        pick(range(1000)),
        draw_reviews(rand, words, 384),
        draw_reviews(rand, words, 96),
        0.01,
        model=("TransformerClassifier", 60),
        evaluate=accuracy_of_transformer,
        unseen=(60, *draw_reviews(rand, words, 256)),
        above=0.85,
        false_fail=1e-6,
    )


@pytest.mark.task("fit")
@pytest.mark.points(2)
@pytest.mark.hint("state_dict() gives the weights themselves, and training goes on changing them: copy them.")
def test_fit_best(agree, rand, pick):
    """The best weights, where the labels of the later epochs are wrong."""
    train, validation = labels_that_turn(rand, pick([2, 3]), 3)
    agree(fitted_best, small_state(rand, 3), train, validation, 0.05, rtol=1e-6, atol=1e-7)


@pytest.mark.task("fit")
@pytest.mark.points(1)
@pytest.mark.hint("Of equal accuracies the first counts.")
def test_fit_first_of_equals(agree, rand):
    """With a learning rate of 0 all epochs are equally good."""
    train, validation = labels_that_turn(rand, 3, 0)
    agree(fitted_best, small_state(rand, 3), train, validation, 0.0, rtol=1e-6, atol=1e-7)


@pytest.mark.task("fit")
@pytest.mark.points(1)
@pytest.mark.hint("The best weights are returned; the model goes on.")
def test_fit_last(agree, rand, pick):
    """The model ends with the weights of the last epoch."""
    train, validation = labels_that_turn(rand, pick([2, 3]), 2)
    agree(fitted_last, small_state(rand, 3), train, validation, 0.05, rtol=1e-6, atol=1e-7)


@pytest.mark.task("fit")
@pytest.mark.limits(seconds=30)
@pytest.mark.points(1)
@pytest.mark.hint("torch.manual_seed(seed), before anything is drawn.")
def test_fit_repeats_itself(agree, rand, pick):
    """Shuffled batches and dropout: the same with the same seed, another with another."""
    x, y = rand(12, 3), rand(12, low=0, high=3, dtype=torch.int64)
    validation = [(rand(5, 3), rand(5, low=0, high=3, dtype=torch.int64))]
    pairs = pick([(3, 3), (3, 4), (5, 5), (6, 5)], 4)
    agree(fitted_twice, small_state(rand, 3), x, y, validation, pairs, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- decode_loss


def sequences(rand, batch, length):
    """Sequences (batch, length + 1) over six tokens; 0 is the first one's, the <sos>."""
    tokens = rand(batch, length + 1, low=1, high=6, dtype=torch.int64)
    tokens[:, 0] = 0
    return tokens


def even_sequences(rand, batch, length):
    """Sequences (batch, length + 1) of even tokens below 8."""
    return 2 * rand(batch, length + 1, low=0, high=4, dtype=torch.int64)


@pytest.mark.task("decode_loss")
@pytest.mark.points(1)
@pytest.mark.hint("The state goes from step to step with its graph.")
def test_decoder_gradients(agree, rand, pick):
    """Gradients of the decoder, with the teacher or without."""
    agree(decoded_gradients, decoder_state(rand), sequences(rand, 3, 4), pick([0.0, 1.0]))


@pytest.mark.task("decode_loss")
@pytest.mark.points(1)
@pytest.mark.hint("One coin for each step: neither one for the whole call nor one for each sequence.")
def test_coin_for_each_step(agree, rand, pick):
    """Forty steps with a coin for each."""
    agree(coin_facts, even_sequences(rand, 3, 40), 0.5, pick(range(1000)))


@pytest.mark.task("decode_loss")
@pytest.mark.points(1)
@pytest.mark.hint("With probability teacher_forcing the truth is read.")
def test_share_of_coins(student, rand, within, pick):
    """The share of steps that read the truth, within six standard deviations."""
    p = pick([rand(low=0.2, high=0.35).item(), rand(low=0.65, high=0.8).item()])
    read = student.call(coins, even_sequences(rand, 2, 400), p, pick(range(1000)))
    room = 6 * (p * (1 - p) / 399) ** 0.5
    share = read[1:, 0].double().mean()
    within(share, p - room, p + room, what="the share of true tokens", false_fail=2e-9)


@pytest.mark.task("decode_loss")
@pytest.mark.points(1)
@pytest.mark.hint("torch.rand((), generator=generator)")
def test_coins_of_the_generator(agree, rand, pick):
    """Equal generators give equal coins, whatever torch's own generator does; others give others."""
    pairs = pick([(3, 3), (6, 5)], 2)
    agree(repeated_coins, even_sequences(rand, 2, 24), 0.5, pairs)


# ---------------------------------------------------------------- save_checkpoint, load_checkpoint


@pytest.mark.task("checkpoints")
@pytest.mark.points(1)
@pytest.mark.hint("Dropout draws from torch.default_generator, which is handed over as rng.")
def test_resume_with_dropout(agree, rand, pick):
    """The same with dropout and torch's own generator."""
    agree(resumed, small_state(rand), rand(8, 3), rand(8, 1), pick(range(1000)), 0.5, False)


@pytest.mark.task("checkpoints")
@pytest.mark.points(2)
@pytest.mark.hint("The epoch that was saved, not the next one; 0 is an epoch.")
def test_epochs(agree, rand, pick):
    """The epochs that were saved, 0 among them, and the weights."""
    agree(told_epochs, small_state(rand), pick([0, 1, *pick(range(2, 500), 2)], 4))


@pytest.mark.task("checkpoints")
@pytest.mark.points(1)
@pytest.mark.hint("opt has this model's parameters; a model with new ones is not moved by it.")
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_loaded_and_moved(agree, rand, device):
    """Saved from any device, loaded to the CPU, and trained there by the optimizer that was made before."""
    agree(moved_on, small_state(rand), rand(8, 3), rand(8, 1), str(device))


# ---------------------------------------------------------------- losses


@pytest.mark.task("losses")
@pytest.mark.points(0.5)
@pytest.mark.hint(
    "log(softmax(x)) and log(sigmoid(x)) are -inf where the other one is 1: use one function for both."
)
@pytest.mark.parametrize("name", ["ce", "bce"])
def test_large_logits(agree, rand, name):
    """Logits of a thousand, some of them for the wrong class."""
    logits = 1000 * rand(6, 3).sign() + rand(6, 3)
    target = rand(6, low=0, high=3, dtype=torch.int64) if name == "ce" else rand(6, 3, low=0, high=1).round()
    agree(several_losses, name, [(logits, target), (logits.flip(0), target)])


@pytest.mark.task("losses")
@pytest.mark.points(0.25)
@pytest.mark.hint("0 log 0 counts as 0.")
def test_divergence_of_zero(agree, rand):
    """Probabilities that are 0."""
    target = rand(4, 3).softmax(dim=1)
    target[1, 2], target[3] = 0, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    agree(several_losses, "kl", [(rand(4, 3).log_softmax(dim=1), target) for _ in range(2)])


@pytest.mark.task("losses")
@pytest.mark.points(0.25)
@pytest.mark.hint("(n, 1) minus (n,) broadcasts to (n, n).")
def test_mean_squares_shapes(agree, rand):
    """Values (n, 1) and targets (n,)."""
    agree(several_losses, "mse", [(rand(5, 1), rand(5)) for _ in range(2)])


# ---------------------------------------------------------------- to_device_and_amp


@pytest.mark.task("to_device_and_amp")
@pytest.mark.points(0)
@pytest.mark.hint("autocast belongs around forward pass and loss; the weights stay as they are.")
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_precision(agree, rand, pick, device):
    """In which dtype and where outputs are computed, with mixed precision and without."""
    batches = [(rand(4, 3, dtype=torch.float32), rand(4, 1, dtype=torch.float32))]
    options = pick([{"amp": True}, {"amp": False}, {}], 3)
    agree(precision_facts, rand(1, 3, dtype=torch.float32), batches, str(device), options)


@pytest.mark.task("to_device_and_amp")
@pytest.mark.points(0)
@pytest.mark.gpu
def test_same_on_both_devices(student, rand, close):
    """The losses on a GPU are those on the CPU, but for rounding."""
    batches = [(rand(8, 3, dtype=torch.float32), rand(8, 1, dtype=torch.float32)) for _ in range(5)]
    state = small_state(rand)
    there, here = (student.call(losses_in_parts, state, batches, 0.05, name, 2) for name in ("cuda", "cpu"))
    close(there, here, what="the losses on the GPU", rtol=1e-3, atol=1e-5)
