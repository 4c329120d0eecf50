"""Hidden tests of tensors.py: edges, layouts, dtypes, gradients, time."""

import pytest
import torch
from probes import (
    APART,
    EMPTY,
    EXPANDED,
    GAPS,
    IN_ORDER,
    OTHER_START,
    combined,
    contiguity,
    corner,
    described,
    images,
    kind_of_empty,
    moved,
    moved_values,
    parts,
    reshaped,
    said,
    scribbled,
    shapes_of,
    strides,
    taken,
    taken_of_part,
    tensor_of_part,
    warned,
)

# ---------------------------------------------------------------- make_tensors


@pytest.mark.task("make_tensors")
@pytest.mark.points(1)
@pytest.mark.hint("torch.from_numpy takes over an array as it lies, strides and all.")
def test_make_on_the_memory_of_a_part(aliases, rand, pick):
    """from_numpy shares the memory of a transpose, of every second column, of the last rows."""
    array = rand(3, pick(range(4, 8))).numpy()
    for part in ("the last rows", *pick(["the transpose", "every second column"], 2)):
        aliases(tensor_of_part, array, part)


@pytest.mark.task("make_tensors")
@pytest.mark.points(1)
@pytest.mark.hint("torch.empty_like takes shape and dtype from another tensor.")
def test_make_empty(agree, rand, pick):
    """Shape and dtype of empty_like_list, for integers and for truth values."""
    rows, columns = pick(range(2, 9), 2)
    agree(kind_of_empty, rand(rows, columns, low=0, high=9, dtype=torch.int64).tolist(), rand(3).numpy())
    agree(kind_of_empty, rand(columns, low=0, high=2, dtype=torch.bool).tolist(), rand(3).numpy())


# ---------------------------------------------------------------- describe


@pytest.mark.task("describe")
@pytest.mark.points(1)
@pytest.mark.hint("No elements: numel is 0, there is no value, and nothing may raise.")
def test_describe_empty(agree, rand, pick):
    """Tensors without rows or without columns."""
    x = rand(pick(range(3, 8)), pick(range(3, 8)))
    agree(described, x, *pick(["no rows", "no columns", "the left columns"], 3))


@pytest.mark.task("describe")
@pytest.mark.points(1)
@pytest.mark.hint(
    "item() gives the stored number with all its digits, in float32 also those that were not asked for."
)
def test_describe_value_and_layout(agree, rand, pick):
    """An element of float32, a new dimension, and a row that is shown four times without being copied."""
    x = rand(pick(range(3, 8)), pick(range(3, 8)), dtype=torch.float32)
    forms = pick(["an element", "a new dimension", "a row shown four times"], 3)
    agree(described, x, *forms)


# ---------------------------------------------------------------- arith


@pytest.mark.task("arith")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Rounding down and cutting the fraction off are two things below zero: -3.5 becomes -4 or -3."
)
def test_arith_negative(agree, rand):
    """Rounding down, and what is left, where A or B is negative."""
    A, B = (
        rand(5, 5, low=1, high=high, dtype=torch.int64)
        * (2 * rand(5, 5, low=0, high=2, dtype=torch.int64) - 1)
        for high in (31, 9)
    )
    agree(combined, A, B, "floordiv", "mod")


@pytest.mark.task("arith")
@pytest.mark.points(1)
@pytest.mark.hint("torch raises by itself where integers are divided by zero; do not guard against it.")
def test_arith_zero(student, agree, rand, pick):
    """A zero in B raises, as in the lecture's B."""
    A = rand(3, 3, low=-9, high=10, dtype=torch.int64)
    B = rand(3, 3, low=1, high=10, dtype=torch.int64)
    agree(combined, A, B, "floordiv", "mod")
    B[pick(range(3)), pick(range(3))] = 0
    raised = student.raises("arith", A, B)
    assert {"RuntimeError", "ZeroDivisionError"} & set(raised), "a zero in B must raise RuntimeError"


# ---------------------------------------------------------------- normalise


@pytest.mark.task("normalise")
@pytest.mark.points(1)
@pytest.mark.hint("0 / 0 is NaN. torch.where chooses between two results.")
def test_normalise_equal_elements(agree, rand):
    """A matrix of equal elements becomes zeros; others are as before."""
    agree("normalise", rand(3, 4), rtol=1e-6, atol=1e-7)
    agree("normalise", torch.full((2, 4), 2.0, dtype=torch.float64))


@pytest.mark.task("normalise")
@pytest.mark.points(1)
@pytest.mark.hint("With one element, the unbiased standard deviation is 0 / 0.")
def test_normalise_one_element(agree, rand):
    """A matrix of one element becomes zero; others are as before."""
    agree("normalise", rand(4, 3), rtol=1e-6, atol=1e-7)
    agree("normalise", rand(1, 1))


@pytest.mark.task("normalise")
@pytest.mark.points(1)
def test_normalise_keeps_dtype(agree, rand):
    """float32 stays float32."""
    agree("normalise", rand(3, 4, dtype=torch.float32))


@pytest.mark.task("normalise")
@pytest.mark.points(1)
@pytest.mark.hint("`if std == 0:` looks at a value; torch.where(std == 0, ...) does not.")
def test_normalise_meta(ops_at_most, rand):
    """No look at the values: it also works on the device "meta"."""
    ops_at_most(corner, 40, "normalise", 5 + 3 * rand(100, 30), meta=True, rtol=1e-3, atol=1e-3)


@pytest.mark.task("normalise")
@pytest.mark.points(1)
@pytest.mark.timing
@pytest.mark.hint("Ten thousand elements at once take hardly longer than a hundred.")
def test_normalise_time(faster, rand):
    """A hundred rows in at most eight times the time of a solution without loops."""
    faster(corner, lambda: ("normalise", 5 + 3 * rand(100, 100)), by=8, rtol=1e-3, atol=1e-3)


# ---------------------------------------------------------------- standardise_columns


@pytest.mark.task("standardise_columns")
@pytest.mark.points(1)
@pytest.mark.hint("A column without spread is divided by zero; the other columns must not suffer.")
def test_standardise_equal_entries(agree, rand, pick):
    """Columns of equal entries become zeros, the others are as before."""
    X = rand(6, 5) / 10
    first, second = pick(range(5), 2)
    X[:, first], X[:, second] = 2, -0.5
    agree("standardise_columns", X, rtol=1e-6, atol=1e-7)


@pytest.mark.task("standardise_columns")
@pytest.mark.points(1)
@pytest.mark.hint("One row has no spread: n - 1 is 0.")
def test_standardise_one_row(agree, rand):
    """A single row becomes zeros; more rows are as before."""
    agree("standardise_columns", rand(6, 4) / 10, rtol=1e-6, atol=1e-7)
    agree("standardise_columns", rand(1, 4))


@pytest.mark.task("standardise_columns")
@pytest.mark.points(1)
@pytest.mark.hint("`if` looks at a value; torch.where and clamp do not.")
def test_standardise_meta(ops_at_most, rand):
    """No look at the values: it also works on the device "meta"."""
    X = 1 + rand(200, 40) * rand(40, low=0.1, high=0.3)
    ops_at_most(corner, 50, "standardise_columns", X, meta=True, rtol=4e-3, atol=4e-3)


@pytest.mark.task("standardise_columns")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Means and standard deviations depend on X, too; nothing is detached, nothing goes to numpy."
)
def test_standardise_gradients(check_gradients, rand):
    """The gradient by X."""
    check_gradients("standardise_columns", rand(5, 3), rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- shares_storage


@pytest.mark.task("shares_storage")
@pytest.mark.points(3)
@pytest.mark.hint("A slice begins somewhere inside its block.")
def test_shares_parts_of_a_block(agree, rand, pick):
    """Slices that begin elsewhere in the block, and copies."""
    agree(said, rand(4, 4), *pick(["the last rows", "two halves", "a clone", "rows by an index"], 4))
    agree(said, rand(4, 4), *pick([*OTHER_START, *APART], 9))


@pytest.mark.task("shares_storage")
@pytest.mark.points(2)
@pytest.mark.hint("Where does a tensor without memory begin?")
def test_shares_empty(agree, rand, pick):
    """Tensors without elements."""
    agree(said, rand(4, 4), *pick([*EMPTY, "a clone", "a view"], 6))


# ---------------------------------------------------------------- contiguous_strides, is_contiguous_by_hand


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(1)
@pytest.mark.hint("A size of 0 counts as 1 in the products.")
def test_strides_of_nothing(agree, rand, pick):
    """The strides of shapes that have a size of 0, between others."""
    first, second = (tuple(rand(2, low=2, high=9, dtype=torch.int64).tolist()) for _ in range(2))
    agree(strides, *pick([(first[0], 0, first[1]), (0, *second), (*first, 0), (0, 0, *second), first], 5))


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(1)
@pytest.mark.hint("In a dimension of size 1 no step is ever taken, so its stride does not matter.")
def test_contiguity_with_a_single_index(agree, pick):
    """Any stride is right in a dimension of size 1, and only there."""
    n, far = pick(range(2, 9)), pick(range(20, 99))
    right = [((1, n), (far, 1)), ((n, 1), (1, far)), ((2, 1, n), (n, far, 1)), ((1, 1), (far, n))]
    wrong = [((1, n), (n, 2)), ((n, 1), (far, 1)), ((2, 1, n), (n + 1, n, 1)), ((2, n), (far, 1))]
    agree(contiguity, *pick([*right, *wrong], 8))


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(1)
@pytest.mark.hint("Without elements nothing can be out of place.")
def test_contiguity_of_nothing(agree, pick):
    """A tensor without elements is contiguous, whatever its strides are; others are not."""
    n, far = pick(range(2, 9)), pick(range(20, 99))
    right = [((n, 0), (far, 3)), ((0, n), (1, 1)), ((2, 0, n), (1, far, 2)), ((), ())]
    wrong = [((n, 2), (far, 3)), ((2, n), (1, 1)), ((2, 3, n), (1, far, 2)), ((n,), (0,))]
    agree(contiguity, *pick([*right, *wrong], 8))


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(1)
@pytest.mark.hint("Compute the products; do not ask a tensor for them.")
def test_strides_without_tensors(ops_at_most, rand, pick):
    """No tensor is made."""
    shapes = shapes_of(rand, pick, [2, 3, 4])
    ops_at_most(strides, 0, *shapes)
    layouts = [(shape, tuple(reversed(shape))) for shape in shapes]
    ops_at_most(contiguity, 0, *layouts, ((3, 4), (4, 1)))


# ---------------------------------------------------------------- as_shape


@pytest.mark.task("as_shape")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Some tensors are not contiguous, and can be viewed in the new shape all the same: let view decide."
)
def test_as_shape_with_gaps(aliases, rand, pick):
    """Tensors that are not contiguous, in shapes that need no copy."""
    x = rand(4, 6)
    for case in (pick(IN_ORDER), *pick(GAPS, 4)):
        aliases(reshaped, x, case)


@pytest.mark.task("as_shape")
@pytest.mark.points(1)
@pytest.mark.hint("An expanded tensor has stride 0: one row or column is shown several times.")
def test_as_shape_of_expanded(aliases, rand, pick):
    """Expanded tensors, in shapes that need a copy or none."""
    x = rand(4, 6)
    for case in (pick(GAPS), *pick(EXPANDED, 4)):
        aliases(reshaped, x, case)


@pytest.mark.task("as_shape")
@pytest.mark.points(1)
@pytest.mark.hint("No dimensions is a shape like any other: view can do it.")
def test_as_shape_of_one_element(agree, rand, pick):
    """Integers; one element with no dimensions and with many."""
    agree("as_shape", rand(2, 3, low=-99, high=99, dtype=torch.int64), (3, 2), read_as=tuple)
    number = rand(low=-99, high=99, dtype=torch.int64)
    agree("as_shape", number, (1, 1), read_as=tuple)
    agree("as_shape", number[None, None], pick([(), (1,), (1, 1, 1)]), read_as=tuple)


# ---------------------------------------------------------------- split_rows, join


@pytest.mark.task("split_rows")
@pytest.mark.points(1)
@pytest.mark.hint("Slices are views; indexing by a list, clone and cat are copies.")
def test_split_makes_views(aliases, rand, pick):
    """Each part is a view of T."""
    size = pick(range(2, 4))
    aliases(parts, rand(2 * size + 1, 3), size)


@pytest.mark.task("split_rows")
@pytest.mark.points(1)
@pytest.mark.hint("No empty part at the end; a size beyond n gives one part.")
def test_split_without_a_rest(agree, rand, pick):
    """Parts that are all equally large, single rows, and a size greater than the number of rows."""
    size = pick(range(2, 5))
    agree(parts, rand(size * pick(range(2, 5)), 2), size)
    agree(parts, rand(pick(range(2, 6))), 1)
    agree(parts, rand(pick(range(2, 5)), 2, 2), pick(range(6, 9)))


@pytest.mark.task("split_rows")
@pytest.mark.points(1)
@pytest.mark.hint("dim=-1 is the last dimension; dim is 0 if it is not given.")
def test_join_from_the_end(agree, rand, pick):
    """Dimensions counted from the end, no dimension given, and a single part."""
    rows = pick(range(2, 6))
    agree("join", [rand(rows, 2), rand(rows, 3)], dim=-1)
    agree("join", [rand(2, rows), rand(3, rows)])
    agree("join", [rand(2, rows)], dim=-2)


# ---------------------------------------------------------------- to_nchw


@pytest.mark.task("to_nchw")
@pytest.mark.points(1)
@pytest.mark.hint("squeeze() without a dimension removes every dimension of size 1.")
def test_nchw_sizes_of_one(agree, rand, pick):
    """One image in a batch, one channel, one row, one pixel."""
    n = pick(range(2, 9))
    for shape in pick([(1, n, 4, 3), (n, 4, 1), (1, n, 3), (2, n, 1, 3), (1, 1, 1, n), (1, 1, n)], 6):
        agree("to_nchw", rand(*shape))


@pytest.mark.task("to_nchw")
@pytest.mark.points(1)
@pytest.mark.hint("permute gives a view with other strides; .contiguous() puts the numbers in order.")
def test_nchw_contiguous(agree, rand, pick):
    """The result is contiguous, for one image and for a batch."""
    agree(images, rand(pick(range(3, 8)), 4, 3))
    agree(images, rand(2, pick(range(3, 8)), 4, 3))


@pytest.mark.task("to_nchw")
@pytest.mark.points(1)
@pytest.mark.hint("No number changes: bytes stay bytes.")
def test_nchw_keeps_dtype(agree, rand, pick):
    """Bytes and float32 stay what they are."""
    height = pick(range(3, 8))
    agree("to_nchw", rand(height, 4, 3, low=0, high=256, dtype=torch.uint8))
    agree("to_nchw", rand(2, height, 4, 3, dtype=torch.float32))


@pytest.mark.task("to_nchw")
@pytest.mark.points(1)
@pytest.mark.hint("How the numbers lie in memory is no matter of which number stands where.")
def test_nchw_of_any_layout(agree, rand, pick):
    """Images that lie in memory otherwise, contiguous in the end."""
    for layout in pick(["channels first in memory", "every second column"], 2):
        agree(images, rand(2, pick(range(3, 8)), 6, 3), layout)
        agree(images, rand(pick(range(3, 8)), 6, 3), layout)


# ---------------------------------------------------------------- snapshot


@pytest.mark.task("snapshot")
@pytest.mark.points(1)
@pytest.mark.trivial("input", "a copy has the values of its input")
@pytest.mark.hint("Nothing is converted.")
def test_snapshot_keeps_dtype(agree, rand, pick):
    """Integers, truth values, half and double precision stay what they are."""
    for dtype in pick([torch.int64, torch.uint8, torch.bool], 3):
        agree("snapshot", rand(2, pick(range(2, 6)), low=0, high=2, dtype=dtype))
    for dtype in pick([torch.float16, torch.float32, torch.float64], 3):
        agree("snapshot", rand(2, pick(range(2, 6)), dtype=dtype), exact=True)


@pytest.mark.task("snapshot")
@pytest.mark.points(1)
@pytest.mark.hint("Slices and transposes are tensors like any other; so is one without dimensions.")
def test_snapshot_of_parts(aliases, rand, pick):
    """A transpose, a column, an element, and an expanded row."""
    x = rand(3, pick(range(3, 6)))
    for layout in ("the transpose", *pick(["a row shown three times", "an element", "a column"], 3)):
        aliases(taken_of_part, x, layout)


@pytest.mark.task("snapshot")
@pytest.mark.points(1)
@pytest.mark.hint("detach_() and requires_grad_(False) change t itself.")
def test_snapshot_leaves_t_alone(agree, rand, pick):
    """t requires gradients as before, also where it is a result or a part of a leaf."""
    agree(taken, rand(3, 4), *pick(["a leaf", "a result", "a part of a leaf"], 3))


@pytest.mark.task("snapshot")
@pytest.mark.points(1)
@pytest.mark.hint("torch.tensor(t) warns, and names what to call instead.")
def test_snapshot_without_a_warning(agree, rand, pick):
    """torch does not warn."""
    agree(warned, rand(2, pick(range(2, 6))))


# ---------------------------------------------------------------- move


@pytest.mark.task("move")
@pytest.mark.points(1)
@pytest.mark.hint("Build a new container for each that you find; write into none that you were given.")
def test_move_makes_new_containers(agree, rand, pick):
    """What is written into the containers of the result does not arrive in those that were given."""
    a, b = (rand(pick(range(1, 9)), dtype=torch.float32) for _ in range(2))
    agree(scribbled, {"a": a, "list": [b, {"more": []}], "pair": ({}, [a])}, "cpu")
    agree(scribbled, [a, ["x", {"b": b}], "y"], "meta")


@pytest.mark.task("move")
@pytest.mark.points(1)
@pytest.mark.hint("obj itself may be a tensor, a number, or an empty container.")
def test_move_without_a_container(agree, rand, pick):
    """A bare tensor, things that are none, and empty containers."""
    for obj in pick([rand(pick(range(1, 9)), dtype=torch.float32), "word", 7, None, {}, [], ()], 7):
        agree(moved, obj, torch.device("meta"))


@pytest.mark.task("move")
@pytest.mark.points(1)
@pytest.mark.hint("t.to(device) keeps values and dtype.")
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_move_keeps_values(agree, rand, pick, device):
    """Values and dtypes arrive on the device, whole numbers too."""
    x, ids = rand(2, pick(range(1, 9))), rand(3, low=0, high=99, dtype=torch.int64)
    agree(moved_values, [{"x": x, "ids": ids}, (x.float(), "word")], device, exact=True)
