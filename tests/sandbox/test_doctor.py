"""The doctor names what is missing and how to mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.model.errors import IsolationError
from grader.model.results import Isolation
from grader.sandbox import doctor, plans, probes
from grader.sandbox.devices import CudaGpus


@pytest.fixture
def offer(monkeypatch):
    """Pretend that the machine offers something else; the level is not measured."""
    monkeypatch.setattr(doctor, "_level", lambda: doctor.Finding(name="level", ok=True, detail="", remedy=""))

    def pretend(**changes):
        pretended = replace(probes.probe(), **changes)
        monkeypatch.setattr(probes, "probe", lambda: pretended)
        return {finding.name: finding for finding in doctor.examine()}

    return pretend


def test_every_problem_has_a_remedy(offer):
    found = offer(
        bwrap="bubblewrap (bwrap) is not installed", namespaces="Operation not permitted", landlock_abi=0,
        seccomp=False, ways_open=False, is_root=True,
    )  # fmt: skip
    problems = {name for name, finding in found.items() if not finding.ok}
    assert problems == {"bubblewrap", "namespaces", "landlock", "seccomp", "interpreter"}
    assert all(found[name].remedy and found[name].detail for name in problems)
    assert found["bubblewrap"].remedy.endswith("bubblewrap")


def test_what_is_well_needs_no_remedy(offer):
    found = offer(bwrap="", namespaces="", proc="", landlock_abi=7, seccomp=True, ways_open=True)
    assert all(finding.ok and not finding.remedy for finding in found.values())


@pytest.mark.parametrize(("version", "lacks"), [(1, "TCP"), (4, "signals"), (5, "abstract")])
def test_an_old_landlock_says_what_it_lacks(offer, version, lacks):
    assert lacks in offer(landlock_abi=version)["landlock"].detail


def test_plans_go_from_strong_to_weak_and_name_only_what_is_offered(monkeypatch):
    full = replace(
        probes.probe(),
        linux=True,
        is_root=False,
        bwrap="",
        namespaces="",
        proc="",
        landlock_abi=7,
        seccomp=True,
    )
    monkeypatch.setattr(probes, "probe", lambda: full)
    offered = plans.plans()
    assert offered[0].outer == "bwrap"
    assert [len(plan.layers) for plan in offered if plan.outer == "none"] == [10, 4, 1]
    nothing = replace(full, bwrap="no", namespaces="no", proc="no", landlock_abi=0, seccomp=False)
    monkeypatch.setattr(probes, "probe", lambda: nothing)
    assert [plan.layers for plan in plans.plans()] == [("rlimits", "no-capabilities"), ("rlimits",)]


@pytest.mark.parametrize(("level", "ok"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_measured_level_is_told(monkeypatch, level, ok):
    class Server:
        def close(self):
            pass

    measured = Isolation(level=level, layers=("landlock",), could=("sees other processes",))
    monkeypatch.setattr(plans, "choose", lambda: (Server(), measured))
    found = doctor.examine()[-1]
    assert (found.name, found.ok) == ("level", ok)
    assert f"{level} of 3" in found.detail
    assert "(landlock); the canary sees other processes" in found.detail


def test_no_level_at_all_is_a_finding(monkeypatch):
    def choose():
        raise IsolationError("nothing starts")

    monkeypatch.setattr(plans, "choose", choose)
    assert doctor.examine()[-1].detail == "nothing starts"


def test_the_doctor_names_each_gpu_and_what_keeps_it_from_being_used(offer, monkeypatch, tmp_path):
    folder = tmp_path / "proc/driver/nvidia/gpus/0000:3b:00.0"
    folder.mkdir(parents=True)
    (folder / "information").write_text("Model: NVIDIA H200\nGPU UUID: GPU-1\nDevice Minor: 0\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia0").touch()
    monkeypatch.setattr(doctor, "gpus_here", lambda: CudaGpus(root=tmp_path, visible=None))
    monkeypatch.setattr(doctor.torch.version, "cuda", "12.6")
    found = offer()["gpu 0"]
    assert found.ok and "NVIDIA H200" in found.detail
    monkeypatch.setattr(doctor.torch.version, "cuda", None)
    found = offer()["gpu 0"]
    assert not found.ok and "CUDA build" in found.remedy
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: "nvidia" not in str(path))
    assert "may not be opened" in offer()["gpu 0"].detail
    monkeypatch.setattr(doctor, "gpus_here", lambda: CudaGpus(root=tmp_path / "none"))
    found = offer()["gpu"]
    assert found.ok and "stay pending" in found.detail
