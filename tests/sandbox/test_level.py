"""The level is what the canary could do; and every layer is missed when it is taken away."""

from __future__ import annotations

import os

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


@pytest.fixture(params=["bwrap", "none"])
def server(request: pytest.FixtureRequest, servers: dict[str, ForkServer]) -> ForkServer:
    found = servers.get(request.param)
    if found is None or PROC not in found.plan.inner:
        pytest.skip("this machine does not offer it")
    return found


def measured(server: ForkServer, plan: Plan) -> tuple[int, set[str]]:
    before = server.plan
    server.plan = plan
    try:
        isolation = level.measure(server)
        assert isolation.layers == plan.layers
        return isolation.level, set(isolation.could)
    finally:
        server.plan = before


def test_with_all_layers_the_canary_can_do_nothing(server):
    assert measured(server, server.plan) == (3, set())


def in_words(value) -> str:
    """The same in every process: the order of a set is not."""
    return value if isinstance(value, str) else "+".join(sorted(value)) or "nothing"


ONE_LESS = [
    # also taken away because it covers for the layer in question; the layer; what is possible then
    ((), PROC, {level.SEES}),
    ((), PIDNS, {level.SEES}),
    ((), MOUNTS, {level.SEES}),
    ((), LIMITS, {level.MEMORY}),
    ((), UID, {level.ROOT}),
    ((LANDLOCK, SECCOMP), CAPABILITIES, {level.CAPABILITIES}),
]


@pytest.mark.parametrize(("also", "layer", "possible"), ONE_LESS, ids=in_words)
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


@pytest.mark.parametrize(("also", "layer", "possible"), ONE_LESS_OUTSIDE, ids=in_words)
def test_without_bubblewrap_each_layer_is_missed(server, also, layer, possible):
    if server.plan.outer == "bwrap":
        pytest.skip("bubblewrap covers for it")
    base = server.plan.without(*also)
    could = measured(server, base)[1]
    could_without = measured(server, base.without(layer))[1]
    assert possible <= could_without - could


def test_bubblewrap_is_missed(server):
    files_and_network = {level.READS_FILES, level.WRITES_FILES, level.TCP, level.UDP, level.ABSTRACT}
    reached, could = measured(server, Plan(outer=server.plan.outer, inner=(LIMITS,)))
    if server.plan.outer == "bwrap":
        assert not could & files_and_network
    else:
        assert could >= files_and_network
        assert reached == 0


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
    # An ordinary user can take no other uid; root's workers have one that a namespace does not map.
    wanted = {*before.inner, broken}
    server.plan = Plan(outer=before.outer, inner=tuple(layer for layer in layers.INNER if layer in wanted))
    try:
        with pytest.raises(IsolationError, match=f"{UID}|{MOUNTS}"):
            server.spawn(WorkerLimits(memory_mb=64, cpu_s=1))
    finally:
        server.plan = before
    server.spawn(WorkerLimits(memory_mb=64, cpu_s=1)).kill()


def test_a_home_that_cannot_be_made_is_told(server):
    with pytest.raises(IsolationError, match=f"^{MOUNTS}: mount of tmpfs"):
        server.spawn(WorkerLimits(memory_mb=64, cpu_s=1, file_mb=-1))
