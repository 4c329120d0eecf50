"""What this machine can do to confine workers, and how to mend what it cannot."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from grader.model.errors import IsolationError
from grader.sandbox import plans, probes
from grader.sandbox.devices import CudaGpus, Gpu, Gpus, gpus_here

_LANDLOCK_WANTED = 6
_LANDLOCK_LACKS = {1: "TCP, signals and abstract sockets", 4: "signals and abstract sockets"}
_MEANING = (
    "protects against accidents, not against a hostile submission",
    "weak: a hostile submission finds a way out of a limit or to the network",
    "good: submissions see that other processes exist, and can do nothing to them",
    "strong: the canary could do nothing",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str
    """What to do where it is not ok; empty where it is, or where nothing can be done."""


def examine() -> tuple[Finding, ...]:
    """Look at every layer, then let a canary measure the level. Takes some seconds."""
    offer = probes.probe()
    if not offer.linux:
        return (_system(), *_gpus(), _level())
    return (
        _system(ok=True),
        _bubblewrap(offer),
        _namespaces(offer),
        _landlock(offer),
        _seccomp(offer),
        _interpreter(offer),
        *_gpus(),
        _level(),
    )


def _finding(name: str, *, ok: bool, detail: str, remedy: str) -> Finding:
    return Finding(name=name, ok=ok, detail=detail, remedy="" if ok else remedy)


def _system(*, ok: bool = False) -> Finding:
    detail = "Linux" if ok else "only Linux can confine a submission; elsewhere it is a process of its own"
    return _finding("system", ok=ok, detail=detail, remedy="grade in a Linux machine or container")


def _bubblewrap(offer: probes.Offer) -> Finding:
    remedy = _userns_remedy()
    if "not installed" in offer.bwrap:
        remedy = f"{probes.package_manager()} bubblewrap"
    detail = offer.bwrap or "gives the workers a view of their own of files and network"
    return _finding("bubblewrap", ok=not offer.bwrap, detail=detail, remedy=remedy)


def _namespaces(offer: probes.Offer) -> Finding:
    name = "namespaces" if offer.is_root else "user namespaces"
    failure = offer.namespaces or offer.proc
    detail = failure or "each worker can have processes, mounts and a /proc of its own"
    return _finding(name, ok=not failure, detail=detail, remedy=_userns_remedy())


def _userns_remedy() -> str:
    if probes.has_apparmor_restriction():
        return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    return (
        "in a container: start it with --security-opt seccomp=unconfined --cap-add SYS_ADMIN; elsewhere: "
        "sudo sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1"
    )


def _landlock(offer: probes.Offer) -> Finding:
    version = offer.landlock_abi
    if not version:
        detail = "the kernel has none, or it is not switched on"
    elif version < _LANDLOCK_WANTED:
        detail = f"version {version}, which does not cover {_LANDLOCK_LACKS[4 if version >= 4 else 1]}"
    else:
        detail = f"version {version}: files, TCP, signals and abstract sockets"
    remedy = "a kernel of version 6.12 or later with landlock in its lsm= list"
    return _finding("landlock", ok=version >= _LANDLOCK_WANTED, detail=detail, remedy=remedy)


def _seccomp(offer: probes.Offer) -> Finding:
    detail = "system calls can be filtered" if offer.seccomp else "no filter for this kernel or processor"
    return _finding(
        "seccomp", ok=offer.seccomp, detail=detail, remedy="x86-64 or aarch64 with CONFIG_SECCOMP_FILTER"
    )


def _interpreter(offer: probes.Offer) -> Finding:
    """Matters to root only, whose workers get another uid."""
    covered = not offer.is_root or offer.ways_open or not (offer.bwrap and offer.namespaces)
    detail = "workers can read the interpreter and its packages"
    if not covered:
        detail = "the interpreter or its packages lie in a folder that only root may enter"
    remedy = "install Python outside /root, or install bubblewrap"
    return _finding("interpreter", ok=covered, detail=detail, remedy=remedy)


def _gpus() -> tuple[Finding, ...]:
    """Each GPU for itself; none is no fault of a machine, whose GPU tests stay pending."""
    gpus = gpus_here()
    found = gpus.found()
    if not found:
        detail = "none that can be used here: tests marked `gpu` stay pending"
        return (Finding(name="gpu", ok=True, detail=detail, remedy=""),)
    return tuple(_gpu(number, gpu, gpus) for number, gpu in enumerate(found))


def _gpu(number: int, gpu: Gpu, gpus: Gpus) -> Finding:
    closed = [path for path in gpu.devices if not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        detail, remedy = (
            f"{gpu.name}: may not be opened: {', '.join(closed)}",
            f"chmod a+rw {' '.join(closed)}",
        )
    elif isinstance(gpus, CudaGpus) and torch.version.cuda is None:
        detail, remedy = f"{gpu.name}: this torch is built for the CPU alone", "install torch's CUDA build"
    else:
        detail, remedy = f"{gpu.name} ({gpu.key})", ""
    return Finding(name=f"gpu {number}", ok=not remedy, detail=detail, remedy=remedy)


def _level() -> Finding:
    try:
        server, isolation = plans.choose()
    except IsolationError as error:
        return Finding(name="level", ok=False, detail=str(error), remedy="see the findings above")
    server.close()
    by = " + ".join(isolation.layers) or "a process of its own"
    able = f"; the canary {', '.join(isolation.could)}" if isolation.could else ""
    detail = f"{isolation.level} of 3, {_MEANING[isolation.level]} ({by}){able}"
    return _finding("level", ok=isolation.level >= 2, detail=detail, remedy="see the findings above")
