"""The level is what the canary could do; and every layer is missed when it is taken away."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from grader.model.errors import IsolationError
from grader.sandbox import layers, level, plans
from grader.sandbox.layers import (
    CAPABILITIES,
    IPCNS,
    LANDLOCK,
    LIMITS,
    MOUNTS,
    NETNS,
    PIDNS,
    PROC,
    SECCOMP,
    UID,
    USERNS,
    Plan,
    WorkerLimits,
)
from grader.sandbox.server import ForkServer

FULL = {plan.outer: plan for plan in reversed(plans.plans()) if PROC in plan.inner or plan.outer == "none"}
KERNEL = (LIMITS, LANDLOCK, CAPABILITIES, SECCOMP)


@pytest.fixture(scope="module", params=["bwrap", "none"])
def server(request: pytest.FixtureRequest) -> Iterator[ForkServer]:
    plan = next((plan for plan in plans.plans() if plan.outer == request.param and PROC in plan.inner), None)
    if plan is None:
        pytest.skip("this machine does not offer it")
    with ForkServer.start(plan) as started:
        yield started


def measured(server: ForkServer, plan: Plan) -> tuple[int, set[str]]:
    before = server.plan
    server.plan = plan
    try:
        isolation = level.measure(server)
        assert isolation.layers == plan.layers
        return isolation.level, set(isolation.could)
    finally:
        server.plan = before


def without(plan: Plan, *gone: str) -> Plan:
    return plan.without(*gone)


def test_with_all_layers_the_canary_can_do_nothing(server):
    assert measured(server, server.plan) == (3, set())


ONE_LESS = [
    # also taken away because it covers for the layer in question; the layer; what is possible then
    ((), PROC, {level.SEES}),
    ((), PIDNS, {level.SEES}),
    ((), MOUNTS, {level.SEES}),
    ((), LIMITS, {level.MEMORY}),
    ((), UID, {level.ROOT}),
    ((LANDLOCK, SECCOMP), CAPABILITIES, {level.CAPABILITIES}),
]


@pytest.mark.parametrize(("also", "layer", "possible"), ONE_LESS, ids=lambda value: str(value))
def test_each_layer_is_missed(server, also, layer, possible):
    if layer not in server.plan.inner:
        pytest.skip("not a layer of this plan")
    if layer == CAPABILITIES and UID in server.plan.inner:
        also = (*also, UID)  # leaving root's uid gives up its capabilities as well
    base = server.plan.without(*also)
    level_with, could = measured(server, base)
    level_without, could_without = measured(server, base.without(layer))
    assert possible <= could_without - could
    assert level_without < level_with or also


ONE_LESS_OUTSIDE = [
    ((NETNS, SECCOMP), LANDLOCK, {level.READS_FILES, level.WRITES_FILES, level.TCP, level.ABSTRACT}),
    ((NETNS,), SECCOMP, {level.UDP}),
    ((LANDLOCK, SECCOMP), NETNS, {level.TCP, level.UDP, level.ABSTRACT}),
    ((SECCOMP,), IPCNS, {level.SEGMENTS}),
    ((LANDLOCK, SECCOMP, UID, PROC), PIDNS, {level.SIGNALS}),
]


@pytest.mark.parametrize(("also", "layer", "possible"), ONE_LESS_OUTSIDE, ids=lambda value: str(value))
def test_without_bubblewrap_each_layer_is_missed(server, also, layer, possible):
    if server.plan.outer == "bwrap":
        pytest.skip("bubblewrap covers for it")
    base = server.plan.without(*also)
    could = measured(server, base)[1]
    could_without = measured(server, base.without(layer))[1]
    assert possible <= could_without - could


def test_bubblewrap_is_missed():
    bare = Plan(outer="bwrap", inner=(LIMITS,))
    if not any(plan.outer == "bwrap" for plan in plans.plans()):
        pytest.skip("no bubblewrap here")
    with ForkServer.start(bare) as server:
        inside = set(level.measure(server).could)
    with ForkServer.start(bare.without("bwrap")) as server:
        outside = level.measure(server)
    files_and_network = {level.READS_FILES, level.WRITES_FILES, level.TCP, level.UDP, level.ABSTRACT}
    assert files_and_network <= set(outside.could) - inside
    assert outside.level == 0


@pytest.mark.parametrize(
    ("could", "expected"),
    [
        (set(), 3),
        ({level.SEES}, 2),
        ({level.SEES, level.UDP}, 1),
        ({level.ROOT}, 1),
        ({level.READS_COURSE}, 0),
        ({level.SIGNALS, level.SEES}, 0),
    ],
)
def test_levels(could, expected):
    assert level.level_of(frozenset(could)) == expected


def test_the_strongest_plan_is_chosen():
    server, isolation = plans.choose(among=[plan for plan in plans.plans() if PROC in plan.inner][:1])
    with server:
        assert isolation.level == 3


def test_a_plan_that_cannot_start_gives_way_to_the_next():
    impossible = Plan(outer="none", inner=("no such layer",))
    bare = Plan(outer="none", inner=(LIMITS,))
    with pytest.raises(IsolationError, match="no such layer"):
        plans.choose(among=[impossible])
    server, isolation = plans.choose(among=[impossible, bare])
    with server:
        assert isolation.layers == (LIMITS,)
        assert isolation.level == 0


def test_a_layer_that_fails_in_a_worker_ends_it_before_student_code(server):
    before = server.plan
    broken = UID if os.getuid() else USERNS
    # as an ordinary user no other uid can be taken; root inside bubblewrap has no right to write a map
    server.plan = Plan(
        outer=before.outer, inner=tuple(x for x in layers.INNER if x in (*before.inner, broken))
    )
    try:
        with pytest.raises(IsolationError, match=broken):
            server.spawn(WorkerLimits(memory_mb=64, cpu_s=1))
    finally:
        server.plan = before
    server.spawn(WorkerLimits(memory_mb=64, cpu_s=1)).kill()
