"""Public names of torch: what they stand for, and under which other names the same thing is reached."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

_NAMESPACES = (
    "torch",
    "torch.Tensor",
    "torch.nn.functional",
    "torch.special",
    "torch._C._nn",
    "torch._C._VariableFunctions",
    "torch._VF",
    "torch.ops.aten",
)
"""Where one function stands under one name: softmax is a function, a method, and an operation."""
_HOMONYMS = frozenset({"unfold", "fold", "threshold"})
"""Different functions under one name: x.unfold(dim, size, step) does not cut patches."""
_OPERATORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"matmul": ("__matmul__", "__rmatmul__"), "pow": ("__pow__", "__rpow__"), "abs": ("__abs__",)}
)
_BEHIND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "torch.nn.LSTM": ("torch.lstm",),
        "torch.nn.GRU": ("torch.gru",),
        "torch.nn.RNN": ("torch.rnn_tanh", "torch.rnn_relu"),
        "torch.nn.LSTMCell": ("torch.lstm_cell",),
        "torch.nn.GRUCell": ("torch.gru_cell",),
        "torch.nn.RNNCell": ("torch.rnn_tanh_cell", "torch.rnn_relu_cell"),
        "torch.nn.MultiheadAttention": ("torch.nn.functional.multi_head_attention_forward",),
    }
)
"""The functions that do the work of a class and are reached by nothing else."""
_OPERATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "torch.nn.LSTM": ("lstm", "mkldnn_rnn_layer", "_cudnn_rnn"),
        "torch.nn.GRU": ("gru",),
        "torch.nn.MultiheadAttention": ("_native_multi_head_attention",),
        "torch.nn.TransformerEncoderLayer": ("_transformer_encoder_layer_fwd",),
        "torch.nn.functional.scaled_dot_product_attention": (
            "_scaled_dot_product_attention_math",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_fused_attention_overrideable",
        ),
        "torch.conv1d": ("convolution1d",),
        "torch.conv2d": ("convolution2d",),
        "torch.conv3d": ("convolution3d",),
        "torch.nn.functional.conv1d": ("convolution1d",),
        "torch.nn.functional.conv2d": ("convolution2d",),
        "torch.nn.functional.conv3d": ("convolution3d",),
    }
)
"""The recorded operations that only a forbidden name leads to (`grader.worker.watching` names them)."""


def found(name: str) -> Any:
    """What a dotted name of torch stands for; None where torch has no such name."""
    first, *steps = name.split(".")
    value: Any = torch if first == "torch" else None
    for step in steps:
        value = getattr(value, step, None)
    return value


def is_class(name: str) -> bool:
    """Whether a name is that of a class of modules."""
    value = found(name)
    return isinstance(value, type) and issubclass(value, nn.Module)


def spellings(name: str) -> frozenset[str]:
    """The names, itself included, under which the function of this name is reached; a class has one."""
    home, _, last = name.rpartition(".")
    names = {name, *_BEHIND.get(name, ())}
    if not is_class(name) and home in _NAMESPACES and last not in _HOMONYMS:
        names |= {f"{place}.{each}" for place in _NAMESPACES for each in (last, *_OPERATORS.get(last, ()))}
    return frozenset(each for each in names if found(each) is not None)


def operations(name: str) -> tuple[str, ...]:
    """The recorded operations that only this name leads to."""
    return tuple(one for each in sorted(spellings(name)) for one in _OPERATIONS.get(each, ()))
