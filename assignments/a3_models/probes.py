"""What the tests of this assignment share: probes and the models that they work with.

A probe runs beside your code and returns plain data.
"""

from collections import OrderedDict
from itertools import islice

import torch
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
