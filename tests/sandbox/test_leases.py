"""Seats and leases hold between processes, and end with them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.model.errors import HarnessFault
from grader.sandbox.devices import Gpu
from grader.sandbox.leases import Seat, take_seat

GPUS = [Gpu(key="GPU-1/a", name="one"), Gpu(key="GPU-2", name="two")]
HOLDER = """
import sys
from grader.sandbox.devices import Gpu
from grader.sandbox.leases import take_seat
seat = take_seat([Gpu(key="GPU-1/a", name="one")])
seat.take_lease()
print(seat.number, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def seats() -> Iterator[list[Seat]]:
    taken: list[Seat] = []
    yield taken
    for seat in taken:
        seat.leave()


def sit(seats: list[Seat], gpus: list[Gpu]) -> Seat:
    seats.append(take_seat(gpus))
    return seats[-1]


def test_judges_spread_over_the_gpus(seats: list[Seat]) -> None:
    found = [sit(seats, GPUS) for _ in range(5)]
    assert [(seat.gpu.name, seat.number) for seat in found] == [
        ("one", 0), ("two", 0), ("one", 1), ("two", 1), ("one", 2),
    ]  # fmt: skip
    found[1].leave()
    again = sit(seats, GPUS)
    assert (again.gpu.name, again.number) == ("two", 0), "a place that was left is taken again"


def test_a_lease_is_one_judges_until_it_is_given_back(seats: list[Seat]) -> None:
    one, other = sit(seats, GPUS[:1]), sit(seats, GPUS[:1])
    one.take_lease()
    one.take_lease()
    with pytest.raises(HarnessFault, match="in use by another judge"):
        other.take_lease(patience_s=0)
    assert one.has_lease and not other.has_lease
    one.give_lease_back()
    other.take_lease(patience_s=0)
    assert other.has_lease


def test_gpus_do_not_wait_for_each_other(seats: list[Seat]) -> None:
    one, two = sit(seats, GPUS), sit(seats, GPUS)
    one.take_lease(patience_s=0)
    two.take_lease(patience_s=0)


def test_what_a_killed_judge_held_is_free(seats: list[Seat]) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {
            "PYTHONPATH": str(Path(__file__).parents[2])
        },
    )  # fmt: skip
    assert holder.stdout.readline() == b"0\n"
    mine = sit(seats, GPUS[:1])
    assert mine.number == 1
    with pytest.raises(HarnessFault):
        mine.take_lease(patience_s=0)
    holder.kill()
    holder.communicate()
    mine.take_lease(patience_s=0)
    assert sit(seats, GPUS[:1]).number == 0


def test_a_folder_that_others_could_have_made_is_not_trusted(runtime: Path) -> None:
    (runtime / "elsewhere").mkdir()
    (runtime / "torchgrade").symlink_to(runtime / "elsewhere")
    with pytest.raises(HarnessFault, match="not this user's own folder"):
        take_seat(GPUS)
    (runtime / "torchgrade").unlink()
    (runtime / "torchgrade").mkdir()
    (runtime / "torchgrade").chmod(0o777)
    with pytest.raises(HarnessFault, match="not this user's own folder"):
        take_seat(GPUS)
