"""Plain data survives the wire with its types; everything else is refused with its path."""

from __future__ import annotations

import contextlib
import math
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.wire.codec import Bounds, NotPlainData, pack, plain, unpack
from tests.wire.plain_values import PLAIN, identical

Point = namedtuple("Point", "x y")
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SMALL = Bounds(bytes=2**20, nodes=10_000)


def over_the_wire(value: Any) -> Any:
    tree, buffers = pack(value)
    return unpack(msgspec.msgpack.decode(msgspec.msgpack.encode(tree)), [bytes(one) for one in buffers])


@given(PLAIN)
@settings(RELAXED, max_examples=150)
def test_plain_data_arrives_with_its_types_and_bits(value: Any) -> None:
    assert identical(over_the_wire(value), plain(value))


@given(PLAIN)
@settings(RELAXED, max_examples=60)
def test_a_second_crossing_changes_nothing(value: Any) -> None:
    once = over_the_wire(value)
    assert identical(over_the_wire(once), once)


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        (True, True),
        (1, 1),
        (1.0, 1.0),
        (2**200, 2**200),
        (-(2**63), -(2**63)),
        ("\ud800 lone", "\ud800 lone"),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(list, k=[1]), {"k": [1]}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (Point(1, 2), (1, 2)),
        (torch.Size([2, 3]), (2, 3)),
        (frozenset({1}), {1}),
        ({(1, "a"): None}, {(1, "a"): None}),
        (np.float32(0.5), np.float32(0.5)),
        (np.True_, np.True_),
    ],
)
def test_each_kind_arrives_as_its_plain_kind(given: Any, arrives: Any) -> None:
    assert identical(over_the_wire(given), arrives)


def test_return_types_of_torch_arrive_as_tuples() -> None:
    found = over_the_wire(torch.tensor([[3.0, 1.0]]).max(dim=1))
    assert type(found) is tuple
    assert identical(found, (torch.tensor([3.0]), torch.tensor([0])))


def test_a_parameter_arrives_as_a_tensor_without_gradient() -> None:
    found = over_the_wire(torch.nn.Parameter(torch.ones(2)))
    assert type(found) is torch.Tensor
    assert not found.requires_grad


def test_a_slice_of_one_element_arrives() -> None:
    assert identical(over_the_wire(torch.arange(4.0)[2::2]), torch.tensor([2.0]))
    assert identical(over_the_wire(torch.arange(4.0)[3:][::2]), torch.tensor([3.0]))


def test_a_copy_shares_no_memory_with_its_original() -> None:
    original = torch.zeros(3)
    copy = plain(original)
    copy += 1
    assert original.sum() == 0


class Always(float):
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Cheat(torch.Tensor):
    pass


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, {"a": object()}], "at result[1]['a']: type object is not plain data"),
        (Always(1), "type tests.wire.test_codec.Always is not plain data"),
        ((0, Cheat(2)), "at result[1]: a tensor subclass (tests.wire.test_codec.Cheat); "),
        (torch.empty(3, device="meta"), "a meta tensor, which has no data"),
        (torch.eye(2).to_sparse(), "a tensor of layout torch.sparse_coo; return a dense one"),
        (torch.eye(2).to_sparse_csr(), "a tensor of layout torch.sparse_csr; return a dense one"),
        (torch.zeros(1).expand(10**12), "a tensor of shape (1000000000000,) is more than the limit"),
        (np.broadcast_to(np.zeros(1), (10**12,)), "an array of shape (1000000000000,) is more than the"),
        (np.array([object()]), "an array of dtype object"),
        (np.array(["a"]), "an array of dtype <U1"),
        (np.zeros(2, np.longdouble), "an array of dtype float128"),
        (np.longdouble(1), "type numpy.longdouble is not plain data"),
        (np.datetime64(0, "s"), "type numpy.datetime64 is not plain data"),
        ({frozenset({1}): 2}, "a key or set element that is not a plain, hashable value"),
        (len, "type builtin_function_or_method is not plain data"),
        (iter([]), "type list_iterator is not plain data"),
        ({10**5000: object()}, "at result[...]: type object"),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_path(value: Any, message: str) -> None:
    with pytest.raises(NotPlainData) as refusal:
        plain(value)
    assert str(refusal.value).startswith(message)


def test_deep_nesting_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotPlainData, match="nested deeper than 64 levels"):
        pack(value)


def test_a_list_inside_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotPlainData, match="nested deeper"):
        pack(value)


def test_too_many_items_are_refused() -> None:
    with pytest.raises(NotPlainData, match="more than 10,000 items"):
        pack([0] * 10_001, SMALL)


def test_many_small_buffers_are_counted_together() -> None:
    with pytest.raises(NotPlainData, match="more than the limit of 1 MiB"):
        pack([torch.zeros(2**15)] * 9, SMALL)


def test_a_set_crosses_in_an_order_that_does_not_depend_on_hashes() -> None:
    one, other = {"a", "b", "c", 8, 0, 16}, {16, 0, 8, "c", "b", "a"}
    assert pack(one) == pack(other)
    packed = pack({"w", "x", "y", "z"})[0]
    assert packed[1:] == sorted(packed[1:])


TREES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.integers(0, 12),
        st.floats(),
        st.text(max_size=4),
        st.binary(max_size=9),
        st.sampled_from(["float32", "cpu", "cuda", "<f8", "|b1", "meta", "<U9999999", "int64", "complex64"]),
    ),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=20,
)


@given(TREES, st.lists(st.binary(max_size=64), max_size=3))
@settings(RELAXED, max_examples=200)
def test_a_random_tree_is_rebuilt_or_refused(tree: Any, buffers: list[bytes]) -> None:
    with contextlib.suppress(NotPlainData):
        unpack(tree, list(buffers), SMALL)


def _places(tree: Any, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    own = [path]
    if isinstance(tree, list):
        for index, item in enumerate(tree):
            own += _places(item, (*path, index))
    return own


def _replaced(tree: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    return [_replaced(item, path[1:], new) if i == path[0] else item for i, item in enumerate(tree)]


@given(PLAIN, TREES, st.data())
@settings(RELAXED, max_examples=150)
def test_a_mutated_tree_is_rebuilt_or_refused(value: Any, other: Any, data: st.DataObject) -> None:
    tree, buffers = pack(value)
    mutated = _replaced(tree, data.draw(st.sampled_from(_places(tree))), other)
    with contextlib.suppress(NotPlainData):
        unpack(mutated, [bytes(one) for one in buffers], SMALL)


@pytest.mark.parametrize(
    "tree",
    [
        [9, "float32", [2**47] * 60, "cpu", 0],
        [9, "float32", [2**40, 0, 2**40], "cpu", 0],
        [9, "float32", [1] * 65, "cpu", 0],
        [9, "float32", [2], "meta", 0],
        [9, "qint8", [2], "cpu", 0],
        [10, "O", [1], 0],
        [10, "<f8", [-1], 0],
        [10, "2)", [1], 0],
        [10, "(2f4", [1], 0],
        [10, "2f4", [1], 0],
        [11, "2)", b"x"],
        [11, "<f8", b"short"],
        [[9]],
        [["x" * 100] * 100],
        [3, [0, 1]],
        [2, 1],
        [99],
        [],
    ],
)
def test_a_forged_tree_is_refused(tree: Any) -> None:
    with pytest.raises(NotPlainData):
        unpack(tree, [b"\0" * 8])


@pytest.mark.parametrize("shape", [[2] * 24, [7] * 8, [1, 3] * 12])
@pytest.mark.parametrize(("tag", "name"), [(9, "uint8"), (10, "|u1")])
def test_what_takes_hours_to_write_out_is_refused(tag: int, name: str, shape: list[int]) -> None:
    rest = ["cpu", 0] if tag == 9 else [0]
    with pytest.raises(NotPlainData, match="too many items"):
        unpack([tag, name, shape, *rest], [np.zeros(math.prod(shape), np.uint8).data])


@pytest.mark.parametrize("shape", [[1] * 64, [0] * 64, [2] * 16, [6] * 6, [10] * 6])
def test_many_dimensions_may_be_had(shape: list[int]) -> None:
    assert plain(torch.zeros(shape, dtype=torch.uint8)).shape == tuple(shape)


@pytest.mark.parametrize(
    "keys",
    [
        [[4, ((2**61 - 1) * k).to_bytes(16, "big")] for k in range(20_000)],
        [[5, float(-1000003 * k), float(k)] for k in range(20_000)],
    ],
)
@pytest.mark.parametrize("tag", [2, 3])
def test_keys_made_to_collide_do_not_hold_up_the_judge(keys: list[Any], tag: int) -> None:
    items = [part for key in keys for part in (key, 0)] if tag == 2 else keys
    began = time.monotonic()
    with pytest.raises(NotPlainData, match="hash"):
        unpack([tag, *items], [])
    assert time.monotonic() - began < 2


@given(st.lists(PLAIN, max_size=3))
@settings(RELAXED, max_examples=40)
def test_packing_equal_data_gives_equal_bytes(value: Any) -> None:
    one, other = pack(value), pack(plain(value))
    assert msgspec.msgpack.encode(one[0]) == msgspec.msgpack.encode(other[0])
    assert [bytes(buffer) for buffer in one[1]] == [bytes(buffer) for buffer in other[1]]


@pytest.mark.parametrize("tag", range(14))
@pytest.mark.parametrize("wrong", [None, 3, "text", b"bytes", [], {}, 1.5, True])
def test_no_content_of_a_tag_gets_past_the_refusal(tag: int, wrong: object) -> None:
    for rest in ([], [wrong], [wrong, wrong], [wrong] * 3, [wrong] * 4):
        with contextlib.suppress(NotPlainData):
            unpack([tag, *rest], [], SMALL)
