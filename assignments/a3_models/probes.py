"""What the tests of this assignment share: probes and the models that they work with.

A probe runs beside your code and returns plain data.
"""

from collections import OrderedDict
from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn

from grader import build

# ---------------------------------------------------------------- any class


def output(submission, name, init, state, x):
    """What your class gives for x with the given weights, in float64 and in evaluation."""
    return build(submission, name, init, state, dtype=torch.float64)(x)


def output_list(submission, name, init, state, x):
    """The same for a class with several outputs, in a list."""
    return list(output(submission, name, init, state, x))


def after_step(submission, name, init, state, x, lr):
    """The parameters of your class after one step of an optimizer that lowers the squares of all outputs."""
    model = build(submission, name, init, state, dtype=torch.float64, train=True)
    optimizer = torch.optim.SGD(model.parameters(), lr)
    found = model(x)
    parts = found if isinstance(found, tuple | list) else [found]
    sum(part.square().sum() for part in parts).backward()
    optimizer.step()
    return dict(model.named_parameters())


def first_values(submission, name, init):
    """The parameters of a new instance of your class."""
    return dict(getattr(submission, name)(*init).named_parameters())


def registered(submission, name, init):
    """The children of your class in their order: names, and of which classes they and their own are."""
    model = getattr(submission, name)(*init)
    return {
        child: [type(module).__name__, [type(inner).__name__ for inner in module.children()]]
        for child, module in model._modules.items()
    }


def shapes(submission, name, init):
    """The shapes of the parameters of your class, by name."""
    return {key: tuple(one.shape) for key, one in getattr(submission, name)(*init).named_parameters()}


# ---------------------------------------------------------------- MySequential


def linear(matrix):
    """A linear layer of torch without bias that multiplies by this matrix."""
    layer = nn.Linear(matrix.size(1), matrix.size(0), bias=False, dtype=matrix.dtype)
    with torch.no_grad():
        layer.weight.copy_(matrix)
    return layer


def stack(matrices):
    """A linear layer for each matrix, and a Tanh behind each of them."""
    return [layer for matrix in matrices for layer in (linear(matrix), nn.Tanh())]


def chained(submission, matrices, x):
    """x through your MySequential."""
    return submission.MySequential(*stack(matrices))(x)


def chained_names(submission, matrices):
    """The names of the children of your MySequential, its state_dict, and how many modules() finds."""
    model = submission.MySequential(*stack(matrices))
    return {
        "children": list(model._modules),
        "state": dict(model.state_dict()),
        "modules": len(list(model.modules())),
    }


def elements(submission, matrices, indices, x):
    """The length of your MySequential, and x through each of its modules that is asked for by number."""
    model = submission.MySequential(*stack(matrices))
    return {"len": len(model), "outputs": [model[index](x) for index in indices]}


def sliced(submission, matrices, bounds, x):
    """What a slice of your MySequential is, and x through it."""
    layers = stack(matrices)
    part = submission.MySequential(*layers)[slice(*bounds)]
    return {
        "is a MySequential": isinstance(part, submission.MySequential),
        "len": len(part),
        "first is the same object": part[0] is layers[slice(*bounds)][0],
        "output": part(x),
    }


def from_dict(submission, names, matrices, x):
    """Your MySequential from an OrderedDict: the names of its children, its parameters, and x through it."""
    model = submission.MySequential(OrderedDict(zip(names, stack(matrices), strict=True)))
    return {
        "children": list(model._modules),
        "parameters": [name for name, _ in model.named_parameters()],
        "output": model(x),
    }


def repeated(submission, matrices, x):
    """Your MySequential of some layers, of which the first stands at the end again."""
    layers = stack(matrices)
    model = submission.MySequential(*layers, layers[0])
    return {"len": len(model), "parameters": len(list(model.parameters())), "output": model(x)}


def visited(submission, matrices, x):
    """x through each module that a `for` loop over your MySequential finds, and what lies behind its end."""
    model = submission.MySequential(*stack(matrices))
    found = [module(x) for module in islice(iter(model), len(matrices) * 2 + 3)]
    try:
        model[len(matrices) * 2]
    except Exception as error:  # noqa: BLE001 - the type is the fact
        return {"outputs": found, "behind the end": type(error).__name__}
    return {"outputs": found, "behind the end": "no error"}


# ---------------------------------------------------------------- count_parameters


def plain(a, b, c):
    """Two layers, of which one is nested."""
    return nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Sequential(nn.Linear(b, c), nn.Tanh()))


def normed(a, b, c):
    """Layers and norms, which have buffers."""
    return nn.Sequential(nn.Linear(a, b), nn.BatchNorm1d(b), nn.Linear(b, c), nn.BatchNorm1d(c))


def half_frozen(a, b, c):
    """The same; the first layer and the bias of another are frozen."""
    model = normed(a, b, c)
    model[0].requires_grad_(False)
    model[2].bias.requires_grad_(False)
    return model


def all_frozen(a, b, c):
    """Nothing to learn."""
    return plain(a, b, c).requires_grad_(False)


def same_twice(a, b, c):
    """One layer in two places."""
    layer = nn.Linear(b, b)
    return nn.Sequential(nn.Linear(a, b), layer, nn.ReLU(), layer, nn.Linear(b, c))


def tied(a, b, c):
    """Two modules with one parameter in common."""
    words, scores = nn.Embedding(a, b), nn.Linear(b, a)
    scores.weight = words.weight
    return nn.ModuleDict({"words": words, "middle": nn.Linear(b, c), "scores": scores})


class WithOwn(nn.Module):
    """A module with parameters of its own beside those of its child."""

    def __init__(self, a, b, c):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(a, b, c))
        self.inner = nn.Linear(b, c)
        self.offset = nn.Parameter(torch.zeros(()))


MODELS = {
    "plain": plain,
    "normed": normed,
    "half frozen": half_frozen,
    "all frozen": all_frozen,
    "same twice": same_twice,
    "tied": tied,
    "own": WithOwn,
    "nothing": lambda a, b, c: nn.Tanh(),
}


def counted(submission, kind, sizes, **options):
    """What your count_parameters says of a model of these sizes."""
    return submission.count_parameters(MODELS[kind](*sizes), **options)


# ---------------------------------------------------------------- MLP, CNN


def fill(model, state):
    """Give a model's parameters the values of a state_dict in their order, whatever their names."""
    with torch.no_grad():
        for own, value in zip(model.parameters(), state.values(), strict=True):
            own.copy_(value)
    return model


def single_layers(submission, state, inputs):
    """What the single layers of your MLP that are asked for make of given inputs."""
    model = submission.MLP().double()
    model.load_state_dict(state, strict=False)
    return {name: getattr(model, name)(x) for name, x in inputs.items()}


def logits(submission, state, x):
    """What your MLP makes of x, in float64."""
    return fill(submission.MLP().double(), state)(x)


def ranks(submission, state, x):
    """The digits in the order that your MLP gives them, the unlikeliest first."""
    return logits(submission, state, x).argsort(dim=-1)


def shapes_on_the_way(submission, state, x):
    """What the method `shapes` of your CNN says."""
    return [tuple(shape) for shape in build(submission, "CNN", (), state).shapes(x)]


# ---------------------------------------------------------------- conv_out, trace_shapes


def places(submission, cases):
    """Your conv_out for some cases."""
    return [submission.conv_out(**case) for case in cases]


def traced(submission, spec, in_shape):
    """Your trace_shapes, each shape as a tuple."""
    return [tuple(shape) for shape in submission.trace_shapes(spec, in_shape)]


# ---------------------------------------------------------------- MyDropout


def dropped(submission, p, x, train=True):
    """Two outputs of your MyDropout for one input, and the gradient of the first; None is p left out."""
    layer = (submission.MyDropout() if p is None else submission.MyDropout(p)).train(train)
    leaf = x.clone().requires_grad_()
    first, second = layer(leaf), layer(x)
    (gradient,) = torch.autograd.grad(first.sum(), leaf, allow_unused=True)
    return {"first": first, "second": second, "gradient": gradient}


def values_in_evaluation(submission, p, x):
    """The different values in the output of your MyDropout in evaluation, and in the gradient of its sum."""
    found = dropped(submission, p, x, train=False)
    return {name: found[name].unique() for name in ("first", "second", "gradient")}


def all_dropped(submission, x):
    """The output of your MyDropout in training with p = 1."""
    return submission.MyDropout(1.0).train()(x)


# ---------------------------------------------------------------- MyBatchNorm1d


def normalised(submission, init, state, x, train=True):
    """The output of your MyBatchNorm1d, in training unless said otherwise."""
    return build(submission, "MyBatchNorm1d", init, state, train=train, dtype=torch.float64)(x)


def newly_normalised(submission, x):
    """What a new MyBatchNorm1d makes of x in training."""
    return submission.MyBatchNorm1d(x.size(1)).double().train()(x)


def remembered(submission, init, state, batches, names):
    """Some buffers of your MyBatchNorm1d after batches in training."""
    model = build(submission, "MyBatchNorm1d", init, state, train=True, dtype=torch.float64)
    for batch in batches:
        model(batch)
    return {name: getattr(model, name) for name in names}


def remembered_by_mode(submission, state, x):
    """All buffers of your MyBatchNorm1d after a call in evaluation, then after one in training in no_grad."""
    model = build(submission, "MyBatchNorm1d", (x.size(1),), state, dtype=torch.float64)
    model(x)
    after = {name: value.clone() for name, value in model.named_buffers()}
    with torch.no_grad():
        model.train()(x)
    return {"in evaluation": after, "in training without gradients": dict(model.named_buffers())}


def norm_at_first(submission, d):
    """The state_dict of a new MyBatchNorm1d."""
    return dict(submission.MyBatchNorm1d(d).state_dict())


def after_two_steps(submission, state, x, target, lr):
    """The parameters of your MyBatchNorm1d after a step of an optimizer in training and one in evaluation.

    What the norm is given has a graph of its own, as behind another layer.
    """
    model = build(submission, "MyBatchNorm1d", (x.size(1),), state, dtype=torch.float64)
    before = nn.Parameter(torch.ones(x.size(1), dtype=torch.float64))
    optimizer = torch.optim.SGD([before, *model.parameters()], lr)
    for training in (True, False):
        optimizer.zero_grad()
        (model.train(training)(x * before) - target).square().sum().backward()
        optimizer.step()
    return dict(model.named_parameters())


# ---------------------------------------------------------------- my_state_dict, my_load


class ByHand(nn.Module):
    """A module that does not do the work of this task."""

    def state_dict(self, *_, **__):
        raise TypeError("my_state_dict is to do by hand what state_dict does")

    def load_state_dict(self, *_, **__):
        raise TypeError("my_load is to do by hand what load_state_dict does")


class Affine(ByHand):
    """A linear layer (n, m), with bias or with None in its place."""

    def __init__(self, n, m, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(m, n, dtype=torch.float64))
        offset = nn.Parameter(torch.zeros(m, dtype=torch.float64)) if bias else None
        self.register_parameter("bias", offset)

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Centred(ByHand):
    """A parameter and two buffers, one of them of whole numbers."""

    def __init__(self, d):
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(d, dtype=torch.float64))
        self.register_buffer("middle", torch.zeros(d, dtype=torch.float64))
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x):
        return (x - self.middle) * self.gain


class Block(ByHand):
    """Modules inside a module."""

    def __init__(self):
        super().__init__()
        self.affine = Affine(3, 4)
        self.norm = Centred(4)

    def forward(self, x):
        return self.norm(self.affine(x)).tanh()


class Tower(ByHand):
    """Modules inside modules inside a module, and a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.block = Block()
        self.last = Affine(4, 2)
        self.scale = nn.Parameter(torch.zeros(2, dtype=torch.float64))

    def forward(self, x):
        return self.last(self.block(x)) * self.scale


class WithGaps(ByHand):
    """A layer without bias, a submodule that is None, and a buffer that is not saved."""

    def __init__(self):
        super().__init__()
        self.affine = Affine(3, 2, bias=False)
        self.register_module("absent", None)
        self.norm = Centred(2)
        self.norm.register_buffer("cache", torch.zeros(3, dtype=torch.float64), persistent=False)


KINDS = {"affine": lambda: Affine(3, 4), "centred": lambda: Centred(3), "tower": Tower, "gaps": WithGaps}


def entries(model):
    """All parameters and buffers of a model by name."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def holding(kind, values):
    """A model with these values in its parameters and buffers."""
    model = KINDS[kind]()
    with torch.no_grad():
        for name, own in entries(model).items():
            own.copy_(values[name])
    return model


def listed(submission, kind, values, *prefix):
    """Your my_state_dict of a model with these values."""
    return dict(submission.my_state_dict(holding(kind, values), *prefix))


def written_to(submission, values):
    """Which entries of your my_state_dict require gradients, and the model after 1 was added to all."""
    model = holding("tower", values)
    found = submission.my_state_dict(model)
    attached = sorted(name for name, value in found.items() if value.requires_grad)
    with torch.no_grad():
        for value in found.values():
            value.add_(1)
    return {"with a graph": attached, "the model": entries(model)}


def loaded(submission, kind, values, sd, **options):
    """A model with these values after your my_load, and after 1 was added to what was loaded."""
    model = holding(kind, values)
    given = {name: value.clone() for name, value in sd.items()}
    submission.my_load(model, given, **options)
    for value in given.values():
        value.add_(1)
    return entries(model)


def moved(submission, values, sd, x, lr):
    """A model after your my_load and one step of an optimizer that was made before."""
    model = holding("tower", values)
    optimizer = torch.optim.SGD(model.parameters(), lr)
    submission.my_load(model, sd)
    model(x).square().sum().backward()
    optimizer.step()
    return dict(model.named_parameters())


# ---------------------------------------------------------------- freeze, set_mode


def rows_of(names, matrices):
    """Square layers one after the other, by these names, with these weights and biases of zeros."""
    model = nn.Sequential(OrderedDict((name, nn.Linear(3, 3, dtype=torch.float64)) for name in names))
    with torch.no_grad():
        for layer, matrix in zip(model, matrices, strict=True):
            layer.weight.copy_(matrix)
            layer.bias.zero_()
    return model


def frozen(submission, parts, prefix, before=()):
    """What your freeze returns, and the names of all parameters that are frozen after it.

    The model has a Sequential of two layers in each of the parts; `before` lists what is frozen already.
    """
    model = nn.ModuleDict({part: nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)) for part in parts})
    for name in before:
        model.get_parameter(name).requires_grad_(False)
    number = submission.freeze(model, prefix)
    found = [name for name, one in model.named_parameters() if not one.requires_grad]
    return {"number": number, "frozen": found}


def trained_in_part(submission, names, matrices, prefix, x, earlier):
    """What is frozen by your freeze, what has no gradient then, and all weights after one step of AdamW.

    With `earlier`, the model has gradients from a pass before your freeze.
    """
    model = rows_of(names, matrices)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
    if earlier:
        model(x).square().sum().backward()
    submission.freeze(model, prefix)
    for one in model.parameters():
        if one.requires_grad:
            one.grad = None
    model(x).square().sum().backward()
    optimizer.step()
    return {
        "frozen": [name for name, one in model.named_parameters() if not one.requires_grad],
        "without a gradient": [name for name, one in model.named_parameters() if one.grad is None],
        "weights": [layer.weight for layer in model],
    }


class Room(nn.Module):
    """A module with others inside, whose mode can only be set by hand."""

    def __init__(self, *inside):
        super().__init__()
        self.inside = nn.ModuleList(inside)

    def train(self, mode=True):
        raise TypeError("set_mode is to do by hand what train() and eval() do")

    def forward(self, x):
        for module in self.inside:
            x = module(x)
        return x


def house():
    """Norms at three depths."""
    norms = [nn.BatchNorm1d(3, momentum=0.5, dtype=torch.float64) for _ in range(3)]
    return Room(norms[0], Room(nn.Tanh(), norms[1], Room(norms[2])))


def in_modes(submission, modes, x):
    """x through a model with norms at three depths, after each call of your set_mode."""
    model, outputs = house(), []
    for mode in modes:
        submission.set_mode(model, mode)
        outputs.append(model(x).detach())
    return outputs


def modes_after(submission, before, modes):
    """The modes of all modules after each call of your set_mode, from mixed modes before each of them."""
    model, found = house(), []
    for mode in modes:
        for module, one in zip(model.modules(), before, strict=False):
            module.training = one
        submission.set_mode(model, mode)
        found.append([module.training for module in model.modules()])
    return found
