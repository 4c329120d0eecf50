"""Public tests of models.py. Weights, inputs and sizes are drawn at random unless a test says otherwise."""

import pytest
import torch
from probes import (
    KINDS,
    chained,
    chained_names,
    counted,
    dropped,
    elements,
    entries,
    frozen,
    in_modes,
    listed,
    loaded,
    logits,
    moved,
    newly_normalised,
    normalised,
    output,
    output_list,
    places,
    ranks,
    registered,
    remembered,
    shapes_on_the_way,
    single_layers,
    traced,
    trained_in_part,
    values_in_evaluation,
)

# ---------------------------------------------------------------- LinearScratch


@pytest.mark.task("LinearScratch")
@pytest.mark.points(2)
@pytest.mark.hint("weight is (out_features, in_features): x @ weight.T + bias.")
@pytest.mark.forbid("torch.nn.Linear", "torch.nn.functional.linear")
def test_linear_output(agree, rand, weights):
    """Four rows of five features to three, with given weights, and without nn.Linear."""
    agree(output, "LinearScratch", (5, 3), weights("LinearScratch", 5, 3), rand(4, 5))


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.hint("self.weight = nn.Parameter(..) registers a parameter; a plain tensor is not found.")
def test_linear_parameters(same_structure, rand):
    """Names and shapes of the parameters; saving, loading and gradients."""
    same_structure("LinearScratch", 4, 6, inputs=[rand(3, 4)])


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.hint("With bias=False there is one parameter, `weight`, and nothing is added.")
def test_linear_without_bias(same_structure, rand):
    """A layer without bias."""
    same_structure("LinearScratch", 3, 5, bias=False, inputs=[rand(2, 3)])


# ---------------------------------------------------------------- ThreeHeads


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(2)
@pytest.mark.hint("Every layer sees x; none sees what another one gave.")
def test_heads_outputs(agree, rand, weights):
    """The three outputs for a batch, with given weights."""
    agree(output_list, "ThreeHeads", (6,), weights("ThreeHeads", 6), rand(4, 6))


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(1)
@pytest.mark.hint(
    "A Python list hides its modules from the model: no names, no parameters, nothing is trained."
)
def test_heads_parameters(same_structure):
    """Six parameters, linear_list.0.weight to linear_list.2.bias, no two of them the same."""
    same_structure("ThreeHeads", 5)


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(1)
@pytest.mark.hint("print(model._modules) shows what is registered.")
def test_heads_registered(agree):
    """One child, `linear_list`: an nn.ModuleList of three nn.Linear, as the lecture printed it."""
    agree(registered, "ThreeHeads", (4,))


# ---------------------------------------------------------------- MySequential


@pytest.mark.task("MySequential")
@pytest.mark.points(2)
@pytest.mark.hint("x = module(x) for one module after the other, the first one first.")
@pytest.mark.forbid("torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict")
def test_sequential_output(agree, rand):
    """Four layers of different sizes, and four square ones."""
    agree(chained, [rand(4, 3), rand(5, 4)], rand(2, 3))
    agree(chained, [rand(4, 4), rand(4, 4)], rand(4, 4))


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint('self.add_module("0", first) registers a module by a name.')
def test_sequential_names(agree, rand):
    """The children are called "0", "1", .., and the state_dict has their weights by these names."""
    agree(chained_names, [rand(3, 2), rand(4, 3)])


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint("list(self._modules.values()) can be indexed.")
def test_sequential_elements(agree, rand, pick):
    """The length, and single modules by their number, counted from the end too."""
    agree(elements, [rand(3, 3), rand(3, 3)], pick([0, 1, 2, 3, -1, -2], 6), rand(2, 3))


# ---------------------------------------------------------------- count_parameters


def sizes(pick):
    """Three random sizes."""
    return pick(range(2, 30), 3)


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("parameters() goes through all submodules; numel() is the number of elements.")
def test_count_nested(agree, pick):
    """Layers in a model in a model."""
    agree(counted, "plain", sizes(pick))


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("A state_dict has buffers too: running statistics are not learned.")
def test_count_no_buffers(agree, pick):
    """A model with norms."""
    agree(counted, "normed", sizes(pick))


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("A frozen parameter has requires_grad False.")
def test_count_trainable(agree, pick):
    """What is left to learn of a model that is frozen in parts."""
    agree(counted, "half frozen", sizes(pick), trainable_only=True)


# ---------------------------------------------------------------- MLP


@pytest.mark.task("MLP")
@pytest.mark.points(2)
@pytest.mark.hint("What is the method called that makes a new object?")
def test_mlp_first_layers(agree, rand, weights):
    """First bug: the model has the layers l1 to l4."""
    inputs = {name: rand(2, size) for name, size in [("l1", 784), ("l2", 512), ("l3", 256), ("l4", 128)]}
    agree(single_layers, weights("MLP", dtype=torch.float64), inputs)


@pytest.mark.task("MLP")
@pytest.mark.points(1)
@pytest.mark.hint("Read the names of the layers letter by letter.")
def test_mlp_last_layer(agree, rand, weights):
    """Second bug: the model has the layer l5."""
    agree(single_layers, weights("MLP", dtype=torch.float64), {"l5": rand(3, 64)})


@pytest.mark.task("MLP")
@pytest.mark.points(2)
@pytest.mark.hint("Logits may be negative, and need not sum to one.")
def test_mlp_logits(agree, rand, weights):
    """A bug of `forward`: logits, with weights and images for which ReLU makes no difference."""
    state = weights("MLP", dtype=torch.float64, scale=0.02)
    state = {key: value.abs() for key, value in state.items()}
    state["l5.weight"] *= torch.where(rand(10, 64) > 0, 1, -1)
    agree(logits, state, rand(3, 784).abs())


@pytest.mark.task("MLP")
@pytest.mark.points(1)
@pytest.mark.hint("A ReLU follows each of the first four layers. Without it, two layers are one.")
def test_mlp_order_of_digits(agree, rand, weights):
    """A bug of `forward`: the digits in the order of their logits, for twenty flat images."""
    agree(ranks, weights("MLP", dtype=torch.float64, scale=0.05), rand(20, 784))


# ---------------------------------------------------------------- CNN


@pytest.mark.task("CNN")
@pytest.mark.points(2)
@pytest.mark.hint("Convolution, pooling, ReLU, twice; then each image becomes one row of 320.")
def test_cnn_logits(agree, rand, weights):
    """The logits of three images, with given weights."""
    agree(output, "CNN", (), weights("CNN", dtype=torch.float64, scale=0.2), rand(3, 1, 28, 28))


@pytest.mark.task("CNN")
@pytest.mark.points(1)
@pytest.mark.hint("After the second pooling an image is 20 channels of 4 x 4: 320 numbers.")
def test_cnn_parameters(same_structure):
    """Names and shapes of the parameters; saving and loading."""
    same_structure("CNN")


@pytest.mark.task("CNN")
@pytest.mark.points(1)
def test_cnn_registered(agree):
    """Four children: conv1, conv2, pooling and fc."""
    agree(registered, "CNN", ())


@pytest.mark.task("CNN")
@pytest.mark.points(2)
@pytest.mark.hint("The lecture's: (b, 1, 28, 28), (b, 10, 24, 24), (b, 10, 12, 12), (b, 20, 8, 8), ..")
def test_cnn_shapes(agree, rand, weights, pick):
    """The seven shapes on the way of a batch."""
    images = rand(pick(range(2, 40)), 1, 28, 28, dtype=torch.float32)
    agree(shapes_on_the_way, weights("CNN"), images, read_as=list)


# ---------------------------------------------------------------- conv_out, trace_shapes


def cases(pick, count, **choices):
    """Random cases for conv_out: each argument one of its choices."""
    return [{name: pick(values) for name, values in choices.items()} for _ in range(count)]


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("28 with kernel 5 gives 24; 28 with kernel 3, stride 2 and padding 1 gives 14.")
def test_conv_out(agree, pick):
    """Twelve random combinations of size, kernel, stride and padding."""
    sides = {"size": range(8, 60), "kernel": range(1, 8), "stride": range(1, 5), "padding": range(4)}
    agree(places, cases(pick, 12, **sides))


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("A pooling by 2 makes 4 of 9, and with ceil 5.")
def test_conv_out_ceil(agree, pick):
    """Poolings without padding, rounded down and up."""
    some = cases(pick, 10, size=range(8, 60), kernel=[3, 4], stride=[2, 3], ceil=[True, False])
    sticks_out = {"size": pick(range(8, 60, 2)), "kernel": 3, "stride": 2}
    agree(places, [*some, {**sticks_out, "ceil": False}, {**sticks_out, "ceil": True}])


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("Each layer takes the shape that the one before it gave.")
def test_trace_of_the_lecture(agree, pick):
    """The lecture's CNN for images of other sizes."""
    channels = pick(range(5, 60), 2)
    block = [
        [("conv", {"channels": c, "kernel": 5}), ("pool", {"kernel": 2}), ("relu", {})] for c in channels
    ]
    spec = [*block[0], *block[1], ("flatten", {}), ("linear", {"features": pick(range(2, 90))})]
    agree(traced, spec, (pick([1, 3]), *pick(range(20, 50), 2)))


# ---------------------------------------------------------------- conv2d_scratch

CONVOLUTIONS = (
    "torch.nn.functional.conv1d",
    "torch.nn.functional.conv2d",
    "torch.nn.functional.conv3d",
    "torch.nn.Conv1d",
    "torch.nn.Conv2d",
    "torch.nn.Conv3d",
)


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Every patch times every kernel, summed over channels, rows and columns; nothing is flipped."
)
def test_conv(agree, rand):
    """Two images of three channels, four kernels of 2 x 3."""
    agree("conv2d_scratch", rand(2, 3, 5, 6), rand(4, 3, 2, 3))


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint("b has one number for each output channel, which is dimension 1 of the result.")
def test_conv_bias(agree, rand):
    """With a bias; as many channels as rows and columns come out."""
    agree("conv2d_scratch", rand(2, 2, 6, 6), rand(4, 2, 3, 3), rand(4))


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint("The window moves by `stride` at a time, in both directions.")
def test_conv_stride(agree, rand, pick):
    """With a stride."""
    agree("conv2d_scratch", rand(2, 2, 8, 9), rand(3, 2, 3, 2), stride=pick([2, 3]))


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint("Zeros on all four sides.")
def test_conv_padding(agree, rand, pick):
    """With padding."""
    agree("conv2d_scratch", rand(2, 2, 4, 5), rand(3, 2, 3, 3), padding=pick([1, 2]))


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint(
    "F.unfold(x, (K, L)) gives all patches as columns; one product with w.flatten(1) does the rest."
)
@pytest.mark.forbid(*CONVOLUTIONS)
def test_conv_operations(ops_at_most, rand):
    """Sixteen images and a kernel of 5 x 5 by at most 60 operations, and by no convolution of torch."""
    ops_at_most("conv2d_scratch", 60, rand(16, 2, 9, 9), rand(3, 2, 5, 5), rand(3))


# ---------------------------------------------------------------- MyDropout

DROPOUTS = "torch.nn.Dropout", "torch.nn.functional.dropout"


@pytest.mark.task("MyDropout")
@pytest.mark.points(2)
@pytest.mark.hint("What is kept grows, so that the mean stays.")
@pytest.mark.forbid(*DROPOUTS)
def test_dropout_kept_values(student, rand, close):
    """In training an element is either 0 or x / (1 - p)."""
    p, c = rand(low=0.2, high=0.8).item(), rand(low=1, high=2).item()
    first = student.call(dropped, p, torch.full((50, 40), c, dtype=torch.float64))["first"]
    wanted = torch.tensor([0.0, c / (1 - p)], dtype=torch.float64)
    close(first.unique(), wanted, what="the values found", rtol=1e-6, atol=1e-6)


@pytest.mark.task("MyDropout")
@pytest.mark.points(2)
@pytest.mark.hint("p is the probability to drop.")
def test_dropout_share(student, rand, within):
    """The share of kept elements, within six standard deviations."""
    x, p = 1 + rand(100, 100).abs(), rand(low=0.15, high=0.35).item()
    kept = (student.call(dropped, p, x)["first"] != 0).double().mean()
    room = 6 * (p * (1 - p) / x.numel()) ** 0.5
    within(kept, 1 - p - room, 1 - p + room, what="the share of kept elements", false_fail=2e-9)


@pytest.mark.task("MyDropout")
@pytest.mark.points(1)
@pytest.mark.hint("self.training says in which mode the module is.")
def test_dropout_in_evaluation(agree, rand):
    """In evaluation the output equals the input, here one of two numbers, and the gradient is one."""
    agree(values_in_evaluation, 0.6, rand(2, 1, low=1, high=2).expand(2, 300).clone(), exact=True)


# ---------------------------------------------------------------- MyBatchNorm1d

NORMS = "torch.nn.BatchNorm1d", "torch.nn.functional.batch_norm", "torch.batch_norm"


@pytest.fixture
def affine(weights):
    """Random weight and bias for a MyBatchNorm1d(d), and nothing for its buffers."""

    def affine(d):
        state = weights("MyBatchNorm1d", d, dtype=torch.float64)
        return {name: state[name] for name in ("weight", "bias")}

    return affine


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("The mean is 3, the variance 14 / 4: -1.0690, -0.5345, 0, 1.6036.")
def test_norm_by_hand(agree):
    """A new norm in training, for the column 1, 2, 3, 6."""
    agree(newly_normalised, torch.tensor([[1.0], [2.0], [3.0], [6.0]], dtype=torch.float64))


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Mean and variance of each feature: over the batch, dim=0. weight and bias come after that."
)
@pytest.mark.forbid(*NORMS)
def test_norm_in_training(agree, rand, affine):
    """Outputs in training with given weight and bias; as many rows as features, too."""
    agree(normalised, (4,), affine(4), rand(6, 4))
    agree(normalised, (4,), affine(4), 5 * rand(4, 4))


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("momentum is the share of the new: running = (1 - momentum) running + momentum new.")
def test_norm_running_mean(agree, rand, weights):
    """The running mean and the number of batches after three batches."""
    state = weights("MyBatchNorm1d", 3, dtype=torch.float64)
    batches = [1 + rand(size, 3) for size in (2, 5, 4)]
    agree(remembered, (3,), state, batches, ["running_mean", "num_batches_tracked"])


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(2)
@pytest.mark.hint(
    "What is remembered is the unbiased variance, though the batch is normalised by the biased one."
)
def test_norm_running_var(agree, rand, weights):
    """The running variance after two batches."""
    state = weights("MyBatchNorm1d", 3, dtype=torch.float64)
    agree(remembered, (3,), state, [2 * rand(4, 3), rand(3, 3)], ["running_var"])


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("In evaluation running_mean and running_var stand in the formula for those of the batch.")
def test_norm_in_evaluation(agree, rand, weights):
    """Outputs in evaluation with given statistics, for some rows and for a single one."""
    state = weights("MyBatchNorm1d", 3, dtype=torch.float64)
    agree(normalised, (3,), state, rand(5, 3), train=False)
    agree(normalised, (3,), state, rand(1, 3), train=False)


# ---------------------------------------------------------------- my_state_dict, my_load


@pytest.fixture
def values(rand):
    """Random values for all parameters and buffers of a kind of model."""

    def values(kind):
        return {
            name: rand(*own.shape, low=2, high=99, dtype=own.dtype)
            for name, own in entries(KINDS[kind]()).items()
        }

    return values


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.hint("Every module puts in its own `_parameters` and `_buffers`, before it asks its children.")
def test_state_of_one_module(agree, values, pick):
    """First bug: the parameters and buffers of a module without submodules."""
    for kind in pick(["affine", "centred"], 2):
        agree(listed, kind, values(kind), exact=True)


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.hint('A dot stands between the names: "block.affine.weight".')
def test_state_of_a_tree(agree, values, pick):
    """Second bug: the names of what lies deeper, without and with a prefix."""
    agree(listed, "tower", values("tower"), exact=True)
    agree(listed, "tower", values("tower"), pick(["model.", "net.", "best."]), exact=True)


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.hint("copy_ copies the values into the tensor that the model has.")
def test_load_copies(agree, values):
    """Every parameter and every buffer is loaded, as a copy."""
    agree(loaded, "tower", values("tower"), values("tower"), exact=True)


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.hint("An optimizer holds the Parameter objects that the model had when it was made.")
def test_load_keeps_parameters(agree, values, rand):
    """One step of an optimizer that was made before loading."""
    sd = {name: value / 50 for name, value in values("tower").items()}
    agree(moved, values("tower"), sd, rand(5, 3) / 9, 0.1)


# ---------------------------------------------------------------- freeze, set_mode


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint("requires_grad_(False) for each parameter of the part, however deep; count them.")
def test_freeze_part(agree, pick):
    """One part of four, twice: what is frozen, and how many parameters that are."""
    for _ in range(2):
        parts = pick(["stem", "body", "neck", "head", "tail", "norm"], 4)
        agree(frozen, parts, pick(parts))


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint('"layer10.weight" begins with "layer1", too: the dot belongs to the comparison.')
def test_freeze_similar_names(agree, pick):
    """layer1, and not layer10; and the same with other names."""
    for name in pick(["layer", "block", "stage", "part"], 3):
        agree(frozen, pick([f"{name}{number}" for number in (1, 10, 11, 2, 21)], 5), f"{name}{pick([1, 2])}")


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint("AdamW shrinks every parameter that has a gradient, even one of zeros.")
def test_freeze_training(agree, rand, pick):
    """One step of AdamW with weight decay moves everything but the frozen part."""
    names = pick(["one", "two", "three"], 3)
    agree(trained_in_part, names, [rand(3, 3) for _ in names], pick(names), rand(4, 3), False)


@pytest.mark.task("freeze")
@pytest.mark.points(2)
@pytest.mark.hint("First the model itself, then each of its children in the same way.")
def test_set_mode(agree, rand, pick):
    """Norms at three depths behave as the mode says, after each of four changes."""
    agree(in_modes, [*pick([True, False], 2), *pick([True, False], 2)], 1 + 2 * rand(5, 3))
