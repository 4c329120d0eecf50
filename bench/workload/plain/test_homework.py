"""The same ten tests as an instructor without a harness writes them: the student's file is imported.

`homework` comes from PYTHONPATH, the reference's results from `expected.json`. Run as a script, with
the solution on PYTHONPATH, this file writes `expected.json` anew.
"""

import json
from pathlib import Path

import homework
import torch
from torch import nn

EXPECTED = Path(__file__).with_name("expected.json")


def rand(seed, *shape):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def normalise():
    return homework.normalise(rand(1, 20, 3))


def normalise_far_from_zero():
    return homework.normalise(1000 + rand(2, 10, 2))


def softmax():
    return homework.softmax(rand(3, 4, 6))


def softmax_large():
    return homework.softmax(1000 * rand(4, 3, 5))


def attention():
    return homework.attention(rand(5, 5, 8), rand(6, 7, 8), rand(7, 7, 4))


def attention_batched():
    return homework.attention(rand(8, 2, 3, 5, 8), rand(9, 2, 3, 6, 8), rand(10, 2, 3, 6, 4))


def training():
    model = nn.Linear(1, 1).double()
    model.load_state_dict({"weight": rand(11, 1, 1), "bias": rand(12, 1)})
    x = rand(13, 15, 1)
    losses = homework.fit_line(model, x, 2 * x - 1 + rand(14, 15, 1) / 10, 60)
    return torch.tensor([*losses, model.weight.item(), model.bias.item()], dtype=torch.float64)


def mlp():
    model = homework.MLP(4, 8, 3).double()
    shapes = {"hidden.weight": (8, 4), "hidden.bias": (8,), "out.weight": (3, 8), "out.bias": (3,)}
    model.load_state_dict({name: rand(15, *shape) for name, shape in shapes.items()})
    return model


def mlp_output():
    return mlp()(rand(16, 5, 4)).detach()


def mlp_gradients():
    model = mlp()
    model(rand(17, 5, 4)).square().sum().backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def rnn():
    zeros = torch.zeros(4, dtype=torch.float64)
    return homework.rnn(rand(18, 6, 3), zeros, rand(19, 4, 3), rand(20, 4, 4) / 2, rand(21, 4))


CASES = [normalise, normalise_far_from_zero, softmax, softmax_large, attention, attention_batched, training,
         mlp_output, mlp_gradients, rnn]  # fmt: skip


def check(case):
    expected = json.loads(EXPECTED.read_text())[case.__name__]
    torch.testing.assert_close(case(), torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=1e-8)


def test_normalise():
    check(normalise)


def test_normalise_far_from_zero():
    check(normalise_far_from_zero)


def test_softmax():
    check(softmax)


def test_softmax_large():
    check(softmax_large)


def test_attention():
    check(attention)


def test_attention_batched():
    check(attention_batched)


def test_training():
    check(training)


def test_mlp_output():
    check(mlp_output)


def test_mlp_gradients():
    check(mlp_gradients)


def test_rnn():
    check(rnn)


if __name__ == "__main__":
    EXPECTED.write_text(json.dumps({case.__name__: case().tolist() for case in CASES}) + "\n")
