"""A dropout layer, and loading weights."""

from torch import Tensor, nn


class MyDropout(nn.Module):
    """Inverted dropout: in training every element is 0 with probability p, and x / (1 - p) otherwise.

    - Each element is dropped independently of all others, and anew in every call.
    - In eval mode the output equals the input.
    - p = 0 drops nothing. p = 1 drops everything: the output is zeros, without NaN.
    - The gradient passes where the element was kept, with the same factor 1 / (1 - p).
    - Dtype and shape are those of the input, which is not changed.

    Tests do not depend on how you draw the mask. Do not use nn.Dropout or F.dropout.

    Arguments:
        p: probability of dropping an element, 0 <= p <= 1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


def my_load(model: nn.Module, state: dict[str, Tensor], strict: bool = True) -> None:
    """Copy the tensors of `state` into the model's parameters and persistent buffers of the same names.

    Names are those of `model.state_dict()`: "linear.weight", "norm.running_mean". Buffers that are not
    persistent are not in it and are left alone.

    - The model keeps its own Parameter objects: an optimizer that was made before loading must still
      move the model. Nothing that autograd could record happens.
    - A name of `state` that the model lacks, or one that `state` lacks, raises KeyError or RuntimeError
      if `strict`; otherwise it is passed over.
    - A tensor of another shape raises RuntimeError or ValueError, whether `strict` or not.
    - It does not matter what is in the model after an exception.

    Do not call `load_state_dict`.
    """
    raise NotImplementedError
