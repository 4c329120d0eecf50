"""Which combinations of layers this machine might give, strongest first, and the best of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.model.errors import GraderError, HarnessFault, IsolationError
from grader.model.results import Isolation
from grader.sandbox import probes
from grader.sandbox.devices import Gpu
from grader.sandbox.layers import (
    CAPABILITIES,
    INNER,
    LANDLOCK,
    LIMITS,
    NETNS,
    PROC,
    SECCOMP,
    UID,
    USERNS,
    Outer,
    Plan,
)
from grader.sandbox.level import measure
from grader.sandbox.server import ForkServer

__all__ = ["Plan", "choose", "plans"]

_STRONG = 3


def plans() -> tuple[Plan, ...]:
    """From the strongest to the weakest that could work on this machine."""
    offer = probes.probe()
    if not offer.linux:
        return (Plan(outer="none", inner=(), fork=False),)
    kernels = _kernels_layers(offer)
    spaces = _namespaces(offer)
    found: list[Plan] = []
    if not offer.bwrap:
        inside = tuple(layer for layer in spaces if layer != NETNS)  # bubblewrap has one for all workers
        leave = (UID,) if offer.is_root else ()
        found += [_plan("bwrap", {*inside, *kernels, *leave})]
        found += [_plan("bwrap", {*inside, *kernels, *leave} - {PROC}), _plan("bwrap", {*kernels, *leave})]
    if not offer.namespaces:
        own = spaces if not offer.proc else tuple(layer for layer in spaces if layer != PROC)
        leave = (UID,) if offer.is_root else ()
        found += [_plan("none", {*own, *kernels, *leave})]
    leave = (UID,) if offer.is_root and offer.ways_open else ()
    found += [_plan("none", {*kernels, *leave}), _plan("none", kernels), _plan("none", {LIMITS})]
    return tuple(dict.fromkeys(found))


def _kernels_layers(offer: probes.Offer) -> set[str]:
    layers = {LIMITS, CAPABILITIES}
    if offer.landlock_abi:
        layers.add(LANDLOCK)
    if offer.seccomp:
        layers.add(SECCOMP)
    return layers


def _namespaces(offer: probes.Offer) -> tuple[str, ...]:
    return tuple(layer for layer in probes.NAMESPACES if not (offer.is_root and layer == USERNS))


def _plan(outer: Outer, layers: Iterable[str]) -> Plan:
    wanted = set(layers)
    return Plan(outer=outer, inner=tuple(layer for layer in INNER if layer in wanted))


def choose(
    *,
    warm: Sequence[str] = (),
    memory_mb: int = 1024,
    among: Sequence[Plan] | None = None,
    gpu: Gpu | None = None,
) -> tuple[ForkServer, Isolation]:
    """A running fork server by the plan whose canary does best, and what was measured.

    The first of the strongest level is taken; `among` defaults to `plans()`, `gpu` is in its workers'
    view. Raises IsolationError
    when none starts, with the reason of each.
    """
    best: tuple[ForkServer, Isolation] | None = None
    reasons: list[str] = []
    for plan in plans() if among is None else among:
        try:
            server = ForkServer.start(plan, warm=warm, memory_mb=memory_mb, gpu=gpu)
        except (IsolationError, HarnessFault) as error:
            reasons.append(_reason(plan, error))
            continue
        try:
            isolation = measure(server)
        except (IsolationError, HarnessFault) as error:
            server.close()
            reasons.append(_reason(plan, error))
            continue
        except BaseException:
            server.close()
            raise
        if best is None or isolation.level > best[1].level:
            if best is not None:
                best[0].close()
            best = (server, isolation)
        else:
            server.close()
        if best[1].level == _STRONG:
            break
    if best is None:
        raise IsolationError("no worker could be started here:\n" + "\n".join(reasons))
    return best


def _reason(plan: Plan, error: GraderError) -> str:
    return f"  {' + '.join(plan.layers) or 'no layer'}: {error}"
