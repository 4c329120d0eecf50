"""Where GPU tests of a judge run: its seat at one GPU, a fork server of their own, a worker ahead.

The fork server for the CPU's tests has no device file in view; this one has those of one GPU. Of the
judges that share a GPU one at a time works on it, for one submission, so that neither memory nor time of
a submission depend on another. A worker is started ahead and wakes its context while the submission
before it is graded: it has no files then, and runs nobody's code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch

from grader.model.course import Limits
from grader.model.errors import HarnessFault
from grader.model.results import Isolation
from grader.sandbox.devices import Gpu, Gpus, gpus_here
from grader.sandbox.layers import Plan
from grader.sandbox.plans import choose
from grader.sandbox.server import ForkServer, WorkerLimits, WorkerProcess
from grader.wire.channel import Channel, ChannelError

if TYPE_CHECKING:
    from grader.sandbox.leases import Seat

_WAKE_S = 120.0


class GpuRoom:
    """A judge's workers on a GPU. A context manager."""

    def __init__(
        self, gpus: Gpus, seat: Seat, server: ForkServer, isolation: Isolation, limits: Limits
    ) -> None:
        """Use `open_room`."""
        self.isolation = isolation
        """What was measured in a worker that has the GPU in view."""
        self.device = torch.device(gpus.torch_device)
        self._gpus = gpus
        self._seat = seat
        self._server = server
        self._limits = limits
        self._ahead: WorkerProcess | None = None
        self._prepare()

    @property
    def gpu(self) -> Gpu:
        """The one that this judge works on."""
        return self._seat.gpu

    @property
    def is_in_use(self) -> bool:
        """Whether a worker was started on the GPU since the judge last left it."""
        return self._seat.has_lease

    def spawn(self, memory_mb: int, processes: int, cpu_s: float) -> WorkerProcess:
        """A worker whose context is awake, when no other judge works on the GPU. Raises HarnessFault."""
        self._seat.take_lease()
        worker = self._taken_ahead() if (memory_mb, processes, cpu_s) == self._usual else None
        if worker is None:
            worker = self._woken(self._start(memory_mb, processes, cpu_s))
        self._prepare()
        return worker

    def leave(self) -> None:
        """Let another judge work on the GPU; the workers given out must have ended."""
        self._seat.give_lease_back()

    @property
    def _usual(self) -> tuple[int, int, float]:
        return self._limits.memory_mb, 0, self._limits.submission_s

    def _prepare(self) -> None:
        """Start the next worker, of one judge per GPU: every context that waits takes memory of it."""
        if self._seat.number == 0 and self._ahead is None:
            with contextlib.suppress(HarnessFault):  # then the next one is started when it is needed
                self._ahead = self._start(*self._usual)

    def _taken_ahead(self) -> WorkerProcess | None:
        worker, self._ahead = self._ahead, None
        if worker is None:
            return None
        try:
            return self._woken(worker)
        except HarnessFault:  # it has waited long, and anything may have happened to it
            return None

    def _start(self, memory_mb: int, processes: int, cpu_s: float) -> WorkerProcess:
        """A worker that is told to wake its context, and is not waited for."""
        limits = WorkerLimits(memory_mb=memory_mb + self.gpu.host_mb, cpu_s=cpu_s, processes=processes)
        worker = self._server.spawn(limits)
        try:
            Channel(worker.socket).send(
                {
                    "do": "wake",
                    "kind": self._gpus.kind,
                    "options": dict(self._gpus.options),
                    "memory_mb": self._limits.gpu_memory_mb,
                }
            )
        except ChannelError as error:
            worker.kill()
            raise HarnessFault(f"{self.gpu.name}: a worker ended before its context was started") from error
        return worker

    def _woken(self, worker: WorkerProcess) -> WorkerProcess:
        try:
            reply, _ = Channel(worker.socket).receive(_WAKE_S)
        except ChannelError as error:
            worker.kill()
            raise HarnessFault(f"{self.gpu.name}: no context was started ({type(error).__name__})") from error
        if not isinstance(reply, Mapping) or reply.get("awake") != self._gpus.kind:
            worker.kill()
            raise HarnessFault(f"{self.gpu.name}: no context could be started: {_said(reply)}")
        return worker

    def close(self) -> None:
        """End the workers and give the GPU back."""
        self._server.close()
        self._seat.leave()

    def __enter__(self) -> GpuRoom:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _said(reply: Any) -> str:
    failed = reply.get("failed") if isinstance(reply, Mapping) else None
    return str(failed.get("text")) if isinstance(failed, Mapping) else "it said nothing of use"


def open_room(plan: Plan, limits: Limits, warm: Sequence[str]) -> GpuRoom | None:
    """A room at one of this machine's GPUs, confined by a plan; None where there is no usable GPU.

    Raises HarnessFault or IsolationError where there is one that confined workers cannot get.
    """
    gpus = gpus_here()
    found = gpus.found()
    if not found:
        return None
    from grader.sandbox.leases import take_seat  # needs file locks, which not every platform has

    seat = take_seat(found)
    try:
        if not gpus.adopt(seat.gpu):
            seat.leave()
            return None
        memory_mb = limits.memory_mb + seat.gpu.host_mb
        server, isolation = choose(warm=warm, memory_mb=memory_mb, among=(plan,), gpu=seat.gpu)
        try:
            return GpuRoom(gpus, seat, server, isolation, limits)
        except BaseException:
            server.close()
            raise
    except BaseException:
        seat.leave()
        raise
