"""Evidence about a class: what it registers under which names, and how its instances behave."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn

from grader.worker.calls import reset
from grader.worker.probes import fitted
from grader.worker.trees import copied, cotangents, floating_in, with_tensors


def structure_of(
    submission: ModuleType, name: str, init: Sequence[Any], options: Mapping[str, Any], mark: float
) -> dict[str, Any]:
    """Probe: what a fresh instance of the class `name` registers.

    Returns `parameters` (name to shape, dtype, requires_grad; one that has two names stands twice),
    `buffers` (name to shape, dtype), `saved` (the keys of its state), `tensors` (plain attributes),
    `modules`, and `marks`: the first and last element of every parameter, after the k-th was filled
    with `mark` + k, one after the other. So two names of one tensor show the later one's mark.
    """
    model: nn.Module = getattr(submission, name)(*init, **options)
    parameters = list(model.named_parameters(remove_duplicate=False))
    facts = {
        "parameters": {key: (tuple(one.shape), one.dtype, one.requires_grad) for key, one in parameters},
        "buffers": {key: (tuple(one.shape), one.dtype) for key, one in model.named_buffers()},
        "saved": list(model.state_dict()),
        "tensors": list(_plain_tensors(model)),
        "modules": [key for key, _ in model.named_modules(remove_duplicate=False) if key],
    }
    with torch.no_grad():
        for index, (_, one) in enumerate(parameters):
            one.fill_(mark + index)
    facts["marks"] = {key: _ends(one) for key, one in parameters}
    return facts


def _plain_tensors(model: nn.Module) -> Iterator[str]:
    for prefix, one in model.named_modules():
        for key, value in vars(one).items():
            if isinstance(value, torch.Tensor):
                yield f"{prefix}.{key}" if prefix else key


def _ends(parameter: torch.Tensor) -> list[float]:
    flat = parameter.detach().flatten()
    return [flat[0].item(), flat[-1].item()] if len(flat) else []


def behaviour_of(
    submission: ModuleType,
    name: str,
    init: Sequence[Any],
    options: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    dtype: torch.dtype,
    inputs: Sequence[Any] | None,
    seeds: tuple[int, int, int],
    round_trip: bool,
    modes: bool,
) -> dict[str, Any]:
    """Probe: how an instance of the class `name` with the weights `state` behaves.

    With `round_trip` its state goes through `torch.save` and `torch.load` into a second, fresh instance,
    which is asked from then on. Returns its `state` (the entries given), and with `inputs` its output in
    evaluation (`eval`), and the gradients `grads` of its floating outputs summed with fixed weights;
    with `modes` also a second output with other random numbers (`again`), two in training (`train`,
    `train_again`), and `after`, its buffers after the first of these.
    """
    make = getattr(submission, name)
    model = fitted(make(*init, **options), name, state, dtype)
    if round_trip:
        first, model = model, fitted(make(*init, **options), name, None, dtype)
        _pass_on(first, model)
    facts: dict[str, Any] = {"state": _entries(model.state_dict(), state)}
    if inputs is None:
        return facts
    output = _output(model.eval(), inputs, seeds[0])
    facts["eval"] = copied(output)
    facts["grads"] = _gradients(model, output, seeds[2])
    if modes:
        facts["again"] = copied(_output(model, inputs, seeds[1]))
        facts["train"] = copied(_output(model.train(), inputs, seeds[0]))
        facts["after"] = _entries(dict(model.named_buffers()), state)
        facts["train_again"] = copied(_output(model, inputs, seeds[1]))
    return facts


def _pass_on(first: nn.Module, second: nn.Module) -> None:
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file, weights_only=True), strict=True)


def _entries(found: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    return {key: copied(value) for key, value in found.items() if key in wanted}


def _output(model: nn.Module, inputs: Sequence[Any], seed: int) -> Any:
    fresh = with_tensors(list(inputs), lambda _, one: one.detach().clone())
    reset(seed)
    return model(*fresh)


def _gradients(model: nn.Module, output: Any, seed: int) -> dict[str, Any]:
    outputs = [one for _, one in floating_in(output)]
    weights = cotangents(seed, outputs)
    attached = [index for index, one in enumerate(outputs) if one.requires_grad]
    if attached:
        torch.autograd.backward(
            [outputs[index] for index in attached], [weights[index] for index in attached]
        )
    return {key: copied(one.grad) for key, one in model.named_parameters(remove_duplicate=False)}
