"""Hidden tests of models.py: other shapes, edges, gradients, dtypes."""

import pytest
import torch
from probes import (
    KINDS,
    after_step,
    after_two_steps,
    all_dropped,
    counted,
    dropped,
    entries,
    first_values,
    from_dict,
    frozen,
    listed,
    loaded,
    modes_after,
    norm_at_first,
    normalised,
    output,
    places,
    ranks,
    remembered,
    remembered_by_mode,
    repeated,
    shapes,
    sliced,
    traced,
    trained_in_part,
    visited,
    written_to,
)

# ---------------------------------------------------------------- LinearScratch


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Row i of `weight` makes output i, also where there are as many inputs as outputs.")
def test_linear_square(agree, rand, weights):
    """As many inputs as outputs as rows."""
    agree(output, "LinearScratch", (4, 4), weights("LinearScratch", 4, 4), rand(4, 4))


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.parametrize("shape", [(3,), (2, 4, 3)], ids=["one vector", "three dimensions"])
def test_linear_dimensions(agree, rand, weights, shape):
    """A single vector, and a batch of sequences."""
    agree(output, "LinearScratch", (3, 5), weights("LinearScratch", 3, 5), rand(*shape))


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.hint("uniform_(-bound, bound) with bound = 1 / sqrt(in_features), for the bias too.")
def test_linear_first_values(student, pick, within):
    """At the beginning weight and bias are uniform between -1 and 1 over the square root of in_features."""
    wide, high = pick(range(40, 60)), pick(range(300, 400))
    first = student.call(first_values, "LinearScratch", (wide, high))
    weight, bias = (first[name].double() * wide**0.5 for name in ("weight", "bias"))
    said = "times the root of in_features"
    within(weight.abs().max(), 0.99, 1.0001, what=f"the greatest |weight| {said}", false_fail=1e-50)
    within(weight.std(), 0.547, 0.607, what=f"the deviation of weight {said}", false_fail=1e-15)
    within(bias.abs().max(), 0.9, 1.0001, what=f"the greatest |bias| {said}", false_fail=1e-13)
    within(bias.std(), 0.42, 0.73, what=f"the deviation of bias {said}", false_fail=1e-15)


@pytest.mark.task("LinearScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Compute with the parameters themselves, not with `.data` or copies made in __init__.")
@pytest.mark.forbid("torch.nn.Linear", "torch.nn.functional.linear")
def test_linear_step(agree, rand, weights):
    """Both parameters after one step of an optimizer."""
    agree(after_step, "LinearScratch", (4, 3), weights("LinearScratch", 4, 3), rand(5, 4), 0.1)


# ---------------------------------------------------------------- ThreeHeads


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(1)
@pytest.mark.hint("tuple(..) makes a tuple of a list.")
def test_heads_tuple(agree, rand, weights):
    """The outputs come as a tuple."""
    agree(output, "ThreeHeads", (3,), weights("ThreeHeads", 3), rand(2, 3))


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(1)
def test_heads_default_size(agree):
    """Without an argument, three layers of 128 features: 49,536 numbers."""
    agree(shapes, "ThreeHeads", ())


@pytest.mark.task("ThreeHeads")
@pytest.mark.points(1)
@pytest.mark.hint("An optimizer moves what parameters() gives it.")
def test_heads_step(agree, rand, weights):
    """All six parameters after one step of an optimizer."""
    agree(after_step, "ThreeHeads", (4,), weights("ThreeHeads", 4), rand(5, 4), 0.1)


# ---------------------------------------------------------------- MySequential


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint("A slice of a list of modules is a list; make a MySequential of it.")
def test_sequential_slice(agree, rand, pick):
    """A part of the chain, with a step or without, and a single module."""
    several = pick([(1, 4, None), (None, 3, None), (2, None, None), (0, 6, 2), (-4, -1, None)], 2)
    for bounds in (*several, (2, 3, None)):
        agree(sliced, [rand(3, 3), rand(3, 3), rand(3, 3)], bounds, rand(2, 3))


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint("One argument that is a dict: its keys are the names.")
def test_sequential_from_dict(agree, rand, pick):
    """Modules with names of their own, in an OrderedDict."""
    names = pick(["first", "act", "middle", "last", "head", "body"], 4)
    agree(from_dict, names, [rand(4, 3), rand(2, 4)], rand(5, 3))


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint("children() leaves out what it has seen before; self._modules.values() does not.")
def test_sequential_same_module_twice(agree, rand):
    """The first layer stands at the end again: it is applied twice, and has one set of parameters."""
    agree(repeated, [rand(3, 3), rand(3, 3)], rand(2, 3))


@pytest.mark.task("MySequential")
@pytest.mark.points(1)
@pytest.mark.hint("`for module in model` needs __iter__; model[len(model)] raises IndexError.")
@pytest.mark.forbid("torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict")
def test_sequential_loop(agree, rand):
    """A loop over the modules, and an index behind the last."""
    agree(visited, [rand(3, 3), rand(3, 3)], rand(2, 3))


# ---------------------------------------------------------------- count_parameters


def sizes(pick):
    """Three random sizes."""
    return pick(range(2, 30), 3)


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("A parameter that is shared is learned once.")
def test_count_shared(agree, pick):
    """One layer in two places, and two layers with one weight in common, in random order."""
    for kind in pick(["same twice", "tied"], 2):
        agree(counted, kind, sizes(pick))


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("Frozen parameters count unless trainable_only is given.")
def test_count_frozen_too(agree, pick):
    """Everything in a model that is frozen in parts; and the numbers of one that is frozen, both ways."""
    agree(counted, "half frozen", sizes(pick))
    agree(counted, "all frozen", sizes(pick))
    agree(counted, "all frozen", sizes(pick), trainable_only=True)


@pytest.mark.task("count_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("A module may have parameters of its own beside its children's, also without dimensions.")
def test_count_own(agree, pick):
    """A module with parameters of its own; and one with none at all."""
    agree(counted, "own", sizes(pick))
    agree(counted, "nothing", sizes(pick))


# ---------------------------------------------------------------- MLP


@pytest.mark.task("MLP")
@pytest.mark.points(1)
@pytest.mark.hint("view(-1, 784) makes three images of one with three channels; keep the batch: x.size(0).")
def test_mlp_channels(agree, student, rand, weights):
    """A bug of `forward`: images with three channels are an error."""
    state = weights("MLP", dtype=torch.float64, scale=0.02)
    state = {key: value.abs() for key, value in state.items()}
    state["l5.weight"] *= torch.where(rand(10, 64) > 0, 1, -1)
    agree(ranks, state, rand(4, 1, 28, 28).abs())
    said = "an image with three channels must raise an exception, and not become three images"
    assert student.raises(ranks, state, rand(4, 3, 28, 28).abs()), said


@pytest.mark.task("MLP")
@pytest.mark.points(1)
def test_mlp_images(agree, rand, weights):
    """Logits of images, with everything mended."""
    agree(output, "MLP", (), weights("MLP", dtype=torch.float64, scale=0.05), rand(3, 1, 28, 28))


@pytest.mark.task("MLP")
@pytest.mark.points(1)
def test_mlp_one_flat_image(agree, rand, weights):
    """Logits of a single flat image, with everything mended."""
    agree(output, "MLP", (), weights("MLP", dtype=torch.float64, scale=0.05), rand(1, 784))


# ---------------------------------------------------------------- CNN


@pytest.mark.task("CNN")
@pytest.mark.points(1)
@pytest.mark.hint("squeeze() drops every dimension of size 1, the batch too.")
def test_cnn_one_image(agree, rand, weights):
    """A batch of one image."""
    agree(output, "CNN", (), weights("CNN", dtype=torch.float64, scale=0.2), rand(1, 1, 28, 28))


@pytest.mark.task("CNN")
@pytest.mark.points(1)
@pytest.mark.hint(
    "view(-1, 320) makes several rows of one larger image; flatten(start_dim=1) keeps the batch."
)
def test_cnn_other_size(agree, student, rand, weights):
    """Images of 44 x 44 are an error."""
    state = weights("CNN", dtype=torch.float64, scale=0.2)
    agree(output, "CNN", (), state, rand(2, 1, 28, 28))
    raised = student.raises(output, "CNN", (), state, rand(2, 1, 44, 44))
    assert raised, "an image of 44 x 44 must raise an exception, and not become several rows"


@pytest.mark.task("CNN")
@pytest.mark.points(1)
def test_cnn_step(agree, rand, weights):
    """All parameters after one step of an optimizer."""
    state = weights("CNN", dtype=torch.float64, scale=0.1)
    agree(after_step, "CNN", (), state, rand(2, 1, 28, 28), 0.01)


# ---------------------------------------------------------------- conv_out, trace_shapes


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("The window reaches over dilation * (kernel - 1) + 1 places.")
def test_conv_out_dilation(agree, pick):
    """Twelve random combinations with dilation."""
    sides = {"size": range(20, 70), "kernel": range(2, 6), "stride": range(1, 4), "dilation": range(1, 5)}
    agree(places, [{name: pick(values) for name, values in sides.items()} for _ in range(12)])


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("After rounding up: a last window that begins at size + padding or later does not count.")
def test_conv_out_ceil_behind_the_end(agree, pick):
    """Rounded up where the last window would begin behind the input, and where it would not."""
    sides = [(size, stride, padding) for size in range(4, 30) for stride in (2, 3, 4) for padding in (0, 1)]
    uneven = [one for one in sides if (one[0] + 2 * one[2] - 2) % one[1]]
    behind = [one for one in sides if (-(-(one[0] + 2 * one[2] - 2) // one[1])) * one[1] >= one[0] + one[2]]
    counted = [one for one in uneven if one not in behind]
    chosen = pick([*pick(behind, 5), *pick(counted, 2), *pick(sides, 3)], 10)
    agree(places, [{"size": n, "kernel": 2, "stride": s, "padding": p, "ceil": True} for n, s, p in chosen])


@pytest.mark.task("conv_out")
@pytest.mark.points(1)
@pytest.mark.hint("The stride of a pooling is its kernel unless given; of a convolution it is 1.")
def test_trace_with_options(agree, pick):
    """Layers with stride, padding, dilation and ceil."""
    wide = {"channels": pick(range(2, 90)), "kernel": 3, "stride": pick([1, 2]), "padding": pick([1, 2])}
    far = {"channels": pick(range(2, 90)), "kernel": pick([2, 3]), "dilation": 2}
    overlapping, rounded = {"kernel": 3, "stride": 2, "padding": 1}, {"kernel": pick([2, 3]), "ceil": True}
    spec = [("conv", wide), ("relu", {}), ("pool", overlapping), ("conv", far), ("pool", rounded)]
    agree(traced, [*spec, ("flatten", {}), ("relu", {})], (3, *pick(range(40, 70), 2)))


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
@pytest.mark.points(1)
def test_conv_all_options(agree, rand):
    """Bias, stride and padding together, and a kernel that is not square."""
    agree("conv2d_scratch", rand(3, 2, 7, 6), rand(4, 2, 3, 2), rand(4), stride=2, padding=1)


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint("Read rows before columns: row i of the result belongs to row i of the image.")
def test_conv_square(agree, rand):
    """Everything of the same size, and a kernel as large as the image."""
    agree("conv2d_scratch", rand(3, 3, 3, 3), rand(3, 3, 1, 1), rand(3))
    agree("conv2d_scratch", rand(3, 3, 3, 3), rand(3, 3, 3, 3), rand(3))


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
def test_conv_gradients(check_gradients, rand):
    """Gradients by the images, the kernels and the bias."""
    check_gradients("conv2d_scratch", rand(2, 2, 4, 5), rand(3, 2, 2, 3), rand(3), 1, 1)


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.hint("A tensor on meta has no values: nothing may be asked for by .item() or .tolist().")
@pytest.mark.forbid(*CONVOLUTIONS)
def test_conv_meta(ops_at_most, rand):
    """Sixty images by few operations, and their shapes alone by tensors without values."""
    ops_at_most("conv2d_scratch", 60, rand(60, 2, 6, 5), rand(4, 2, 3, 3), rand(4), 2, 1, meta=True)


@pytest.mark.task("conv2d_scratch")
@pytest.mark.points(1)
@pytest.mark.timing
@pytest.mark.hint("One product of all patches with all kernels, instead of a loop over the places.")
def test_conv_time(faster, rand):
    """Four images in at most twenty times our time."""
    faster("conv2d_scratch", lambda: (rand(4, 3, 12, 12), rand(4, 3, 3, 3)), by=20)


# ---------------------------------------------------------------- MyDropout


@pytest.mark.task("MyDropout")
@pytest.mark.points(1)
@pytest.mark.hint("One mask for a call, used forward and backward; another one for the next call.")
@pytest.mark.forbid("torch.nn.Dropout", "torch.nn.functional.dropout")
def test_dropout_masks(student, rand, close):
    """p is 0.5 unless said otherwise; the gradient has the mask of its call, and two calls have two masks."""
    x = 1 + rand(30, 30).abs()
    found = student.call(dropped, None, x)
    close(found["first"], 2 * x * (found["first"] != 0), what="the kept elements")
    close(found["gradient"] * x, found["first"], what="gradient times input, which is the output")
    assert not torch.equal(found["first"], found["second"]), "two calls drop the same elements"


@pytest.mark.task("MyDropout")
@pytest.mark.points(1)
@pytest.mark.hint("An element is a single number, not a row.")
def test_dropout_elements_are_independent(student, rand, within, close):
    """Rows and columns are not dropped as a whole: how much their shares of kept elements differ."""
    x = 1 + rand(200, 100).abs()
    first = student.call(dropped, 0.5, x)["first"]
    kept = (first != 0).double()
    spread = kept.mean(dim=1).var() + kept.mean(dim=0).var()  # expected 0.00375
    within(spread, 0.001, 0.01, what="variance of the share between rows and columns", false_fail=1e-12)
    close(first, 2 * x * kept, what="the kept elements")


@pytest.mark.task("MyDropout")
@pytest.mark.points(1)
@pytest.mark.trivial("zeros", "p = 1 drops everything")
@pytest.mark.hint("0 / 0 is NaN, also where it is multiplied by 0.")
def test_dropout_of_everything(agree, rand):
    """p = 1 gives zeros."""
    agree(all_dropped, rand(3, 4), exact=True)


@pytest.mark.task("MyDropout")
@pytest.mark.points(1)
def test_dropout_of_nothing(agree, rand):
    """p = 0 changes nothing, also in training."""
    agree(dropped, 0.0, rand(20, 30), exact=True)


# ---------------------------------------------------------------- MyBatchNorm1d


@pytest.fixture
def affine(weights):
    """Random weight and bias for a MyBatchNorm1d(d), and nothing for its buffers."""

    def affine(d):
        state = weights("MyBatchNorm1d", d, dtype=torch.float64)
        return {name: state[name] for name in ("weight", "bias")}

    return affine


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("Only self.training decides, not whether gradients are on.")
def test_norm_mode(agree, rand, weights):
    """Evaluation leaves every buffer as it is; training moves them, also under no_grad."""
    agree(remembered_by_mode, weights("MyBatchNorm1d", 3, dtype=torch.float64), 1 + 2 * rand(5, 3))


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("register_buffer makes a tensor part of the state_dict, and `.double()` finds it.")
def test_norm_made_as_asked(same_structure, agree, pick):
    """Names, shapes and dtypes of parameters and buffers, saving and loading; first values."""
    same_structure("MyBatchNorm1d", 3)
    agree(norm_at_first, pick(range(2, 50)), exact=True)


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("With one row the unbiased variance is 0 / 0.")
def test_norm_of_one_row(agree, rand, affine):
    """Two rows can be normalised; one raises ValueError in training."""
    agree(normalised, (3,), affine(3), rand(2, 3))
    agree(normalised, (3,), affine(3), rand(1, 3))


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("Gradients pass through mean and variance of the batch, and not into what is remembered.")
def test_norm_gradients(check_gradients, agree, rand, affine):
    """Gradients in training by the input, weight and bias; and a step of training, one of evaluation."""
    check_gradients("MyBatchNorm1d", rand(5, 3), init=[3], state=affine(3), train=True)
    # Narrow: statistics that stayed in float32 differ by its rounding alone.
    agree(after_two_steps, affine(3), rand(6, 3), rand(6, 3), 0.05, rtol=1e-11, atol=1e-12)


@pytest.mark.task("MyBatchNorm1d")
@pytest.mark.points(1)
@pytest.mark.hint("eps stands under the root, beside the variance.")
@pytest.mark.forbid("torch.nn.BatchNorm1d", "torch.nn.functional.batch_norm", "torch.batch_norm")
def test_norm_options(agree, rand, weights, affine):
    """Another eps and another momentum."""
    state = weights("MyBatchNorm1d", 3, dtype=torch.float64)
    eps, momentum = rand(low=0.2, high=0.6).item(), rand(low=0.2, high=0.4).item()
    agree(normalised, (3, eps, momentum), affine(3), rand(5, 3))
    agree(remembered, (3, eps, momentum), state, [1 + rand(5, 3)], ["running_mean"])


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
@pytest.mark.hint("Leave out what is None, and the names in module._non_persistent_buffers_set.")
def test_state_leaves_out(agree, values):
    """A layer without bias, an absent submodule, and a buffer that is not persistent."""
    agree(listed, "gaps", values("gaps"), exact=True)


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.hint("detach() gives a tensor without a graph on the same memory.")
def test_state_is_the_models_own(agree, values):
    """The entries have no graph, and writing to them changes the model."""
    agree(written_to, values("tower"), exact=True)


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
@pytest.mark.parametrize("which", ["absent", "unknown"])
def test_load_strict(agree, student, values, rand, which):
    """With strict, a name that only one of both has raises KeyError or RuntimeError."""
    before, sd = values("tower"), values("tower")
    agree(loaded, "tower", before, sd, exact=True)
    if which == "absent":
        del sd["block.norm.middle"]
    else:
        sd["block.norm.offset"] = rand(4)
    raised = student.raises(loaded, "tower", before, sd)
    assert {"KeyError", "RuntimeError"} & set(raised), f"an {which} name must raise KeyError or RuntimeError"


@pytest.mark.task("my_state_dict")
@pytest.mark.points(1)
def test_load_not_strict(agree, values, rand):
    """Without strict, absent and unknown names are passed over, and the others are loaded."""
    sd = values("tower")
    del sd["last.weight"], sd["block.norm.seen"]
    agree(loaded, "tower", values("tower"), sd | {"block.norm.offset": rand(4)}, strict=False, exact=True)


# ---------------------------------------------------------------- freeze, set_mode


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint(
    "The empty prefix is the whole model; a full name is one parameter; nothing is switched on again."
)
def test_freeze_all_or_one(agree, pick):
    """The whole model, one parameter, a nested part, and no part; others stay frozen as they were."""
    parts = pick(["stem", "body", "neck", "head"], 3)
    before = [f"{parts[0]}.1.weight"]
    for prefix in pick(["", f"{parts[1]}.0.bias", f"{parts[2]}.1", "arm", parts[0]], 5):
        agree(frozen, pick(parts, 3), prefix, before)


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint("An optimizer moves what has a gradient; set `.grad` to None.")
def test_freeze_after_a_pass(agree, rand, pick):
    """Gradients of an earlier pass do not move the frozen part."""
    names = pick(["one", "two", "three"], 3)
    agree(trained_in_part, names, [rand(3, 3) for _ in names], pick(names), rand(4, 3), True)


@pytest.mark.task("freeze")
@pytest.mark.points(1)
@pytest.mark.hint("`training` is set, not changed over: it does not matter what it was.")
def test_set_mode_of_every_module(agree, pick):
    """From mixed modes: every module has the mode that was asked for."""
    before = pick([True, True, True, False, False, False, True, False], 8)
    agree(modes_after, before, pick([True, True, True, False, False, False, True, False], 8))
