"""Tensors that share memory."""

from torch import Tensor


def shares_storage(a: Tensor, b: Tensor) -> bool:
    """Whether both tensors lie in the same block of memory, so that writing to one may change the other.

    - Two different parts of one block share it: `x[:2]` and `x[2:]` do.
    - Equal values in two blocks do not share anything.
    - A tensor that was made empty (`torch.empty(0)`) has no memory and shares none, not even with
      itself. An empty slice of another tensor (`x[:0]`) lies in that tensor's block.

    Returns a Python bool. Nothing is written to either tensor.
    """
    raise NotImplementedError
