"""Reference."""

from torch import Tensor


def shares_storage(a: Tensor, b: Tensor) -> bool:
    """Compare the addresses of the blocks; a tensor without memory has address 0."""
    block = a.untyped_storage().data_ptr()
    return block != 0 and block == b.untyped_storage().data_ptr()
