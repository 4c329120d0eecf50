"""Known wrong versions."""

import torch

from grader import misconception


@misconception("shares_storage", "Views are other Python objects: compare memory, not identity.")
def identity(a, b):
    return a is b or a.data is b.data


@misconception(
    "shares_storage", "data_ptr() is where a tensor begins; a slice begins later in the same block."
)
def first_element(a, b):
    return a.data_ptr() == b.data_ptr() != 0


@misconception("shares_storage", "Equal values are no sign of shared memory: a clone has them too.")
def equal_values(a, b):
    return torch.equal(a, b)


@misconception("shares_storage", "Tensors made empty have no memory, and share none: their address is 0.")
def empty_shared(a, b):
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
