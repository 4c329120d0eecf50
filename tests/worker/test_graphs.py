"""The list of a graph's nodes: its order, its names, and that nobody can make them up."""

import torch

from grader.worker.graphs import graph_of


def leaf(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, requires_grad=True)


def test_a_node_stands_before_what_it_leads_to_depth_first_and_once() -> None:
    a, b = leaf(2, 2), leaf(2, 2)
    c = torch.relu(b)
    assert graph_of(c + a @ c) == [
        ("AddBackward0", (1, 3)),
        ("ReluBackward0", (2,)),
        ("AccumulateGrad", ()),
        ("MmBackward0", (4, 1)),
        ("AccumulateGrad", ()),
    ]


def test_an_input_without_gradient_leads_to_nothing() -> None:
    assert graph_of(leaf(2) * torch.ones(2)) == [("MulBackward0", (1, -1)), ("AccumulateGrad", ())]


def test_several_outputs_share_one_numbering() -> None:
    x = leaf(2)
    y = x.exp()
    assert graph_of(y, y.sum())[0] == ("ExpBackward0", (1,))
    assert graph_of(y, y.sum())[2] == ("SumBackward0", (0,))


def test_a_leaf_and_a_constant_have_no_nodes() -> None:
    assert graph_of(torch.ones(2), leaf(2)) == []


def test_deep_graphs_and_shared_chains_are_walked_at_once() -> None:
    x = leaf(1)
    for _ in range(3000):
        x = x + x
    assert len(graph_of(x)) == 3001


def test_a_custom_function_keeps_its_name_but_not_a_built_in_one() -> None:
    class Mine(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            return x.clone()

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            return grad

    x = leaf(2)
    assert graph_of(Mine.apply(x))[0][0] == "MineBackward"
    Mine._backward_cls.__name__ = "MmBackward0"  # type: ignore[attr-defined]
    assert graph_of(Mine.apply(x))[0][0] == "python::MmBackward0"


def test_a_class_of_tensors_cannot_claim_another_graph() -> None:
    class Claims(torch.Tensor):
        grad_fn = torch.ones(1, requires_grad=True).exp().grad_fn  # type: ignore[assignment]

    assert graph_of(torch.ones(1).as_subclass(Claims)) == []
