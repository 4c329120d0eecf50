"""The worker's loop: take a request, run the student's code, return plain data.

This process belongs to the student from the first byte of their code on. What it sends is a claim;
nothing here decides anything.

Requests, as `{"do": ...}`:
  wake    {kind, options, memory_mb}               -> awake | failed: the accelerator, before any files
  files   {files, reply_bytes, cells}              the submission, the most that a reply may hold, and
                                                   which cells of a notebook run
  load    {file, seed, cell_s, hurried}            -> names | failed | missing | oom; of a notebook also
                                                   notes and slow: cells that ran over their time
  plant   {file, label, seed}                      -> the same: a misconception into the reference
  survey  {label}                                  -> survey | failed: what the files say, none of them run
  call    {file, target, arguments, leaves, seed, echo, record}
          -> value (with the inputs, if the call changed them) and record | raised | missing | bad | oom
  time    {file, target, arguments, leaves, seed}  one tuple of arguments for each input
          -> values (each with the number of its buffers) | raised | missing | bad | oom

`lost` beside `failed` or `raised` says that the accelerator is of no use any more: end this worker.
"""

from __future__ import annotations

import contextlib
import pickle
import socket
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

from grader.model.names import MISCONCEPTIONS
from grader.wire.channel import Buffer, Channel, ChannelClosed
from grader.wire.codec import Bounds, NotPlainData, pack, unpack
from grader.worker.accelerators import Accelerator, NoAccelerator, accelerator_of
from grader.worker.calls import NameMissing, Probe, invoke, own_names, reset
from grader.worker.cells import ALL, CellRules
from grader.worker.leaves import require_grad
from grader.worker.loader import CannotLoad, HandIns
from grader.worker.misconceptions import declared, plant
from grader.worker.raised import describe, is_out_of_memory
from grader.worker.recording import Recording, recorder
from grader.worker.sources import survey
from grader.worker.stacks import tell_when_asked
from grader.worker.timing import answer_each
from grader.worker.unchanged import Kept

Reply = tuple[dict[str, Any], list[Buffer]]
_REQUEST_BYTES = 2**32  # requests come from the judge, and are as large as it wants them


def serve(sock: socket.socket) -> None:
    """Answer requests until the socket closes."""
    tell_when_asked()
    channel = Channel(sock, max_bytes=_REQUEST_BYTES)
    worker = _Worker()
    while True:
        try:
            request, buffers = channel.receive()
        except ChannelClosed:
            return
        reply, attached = worker.handle(request, buffers)
        _flush()
        channel.send(reply, attached)


class _Worker:
    def __init__(self) -> None:
        self._hand_ins = HandIns({})
        self._modules: dict[str, ModuleType] = {}
        self._probes: dict[int, Probe] = {}
        self._bounds = Bounds()
        self._accelerator: Accelerator = NoAccelerator()

    def handle(self, request: dict[str, Any], buffers: list[Buffer]) -> Reply:
        handlers = {
            "wake": self._wake,
            "files": self._files,
            "load": self._load,
            "plant": self._plant,
            "survey": self._survey,
        }
        if request["do"] in ("call", "time"):
            return self._call(request, buffers)
        return handlers[request["do"]](request), []

    def _wake(self, request: dict[str, Any]) -> dict[str, Any]:
        self._accelerator = accelerator_of(request["kind"], request["options"])
        try:
            self._accelerator.wake(request["memory_mb"])
        except BaseException as error:  # noqa: BLE001 - whatever a driver raises is reported
            return {"failed": self._describe(error)}
        return {"awake": request["kind"]}

    def _files(self, request: dict[str, Any]) -> dict[str, Any]:
        self._bounds = Bounds(bytes=request["reply_bytes"])
        self._hand_ins = HandIns(request["files"], rules=CellRules(run=request.get("cells", ALL)))
        self._hand_ins.install()
        return {"files": len(request["files"])}

    def _load(self, request: dict[str, Any]) -> dict[str, Any]:
        hurried = frozenset(request.get("hurried", ()))
        rules = replace(self._hand_ins.rules, seconds=request.get("cell_s"), hurried=hurried)
        self._hand_ins.rules = rules
        reply = self._loading(request, lambda: self._hand_ins.load(request["file"]))
        ran = self._hand_ins.ran(request["file"])
        return reply | ({"notes": ran.notes, "slow": ran.slow} if ran.notes else {})

    def _plant(self, request: dict[str, Any]) -> dict[str, Any]:
        def planted() -> ModuleType:
            wrong = declared(self._hand_ins.load(MISCONCEPTIONS))[request["label"]]
            return plant(self._hand_ins, request["file"], wrong[0].name, wrong[1])

        return self._loading(request, planted)

    def _survey(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"survey": survey(self._hand_ins, request["label"])}
        except BaseException as error:  # noqa: BLE001 - a parser may run out of anything on what it is given
            return {"oom": True} if is_out_of_memory(error) else {"failed": self._describe(error)}

    def _loading(self, request: dict[str, Any], load: Any) -> dict[str, Any]:
        reset(request["seed"], threads=1)
        try:
            self._accelerator.reset()
            module = load()
            self._accelerator.settle()
        except CannotLoad as error:
            return {"missing": str(error)}
        except BaseException as error:  # noqa: BLE001 - whatever the student's file raises is reported
            if is_out_of_memory(error):
                return {"oom": True}
            return {"failed": self._describe(error)} | self._lost(error)
        self._modules[request["file"]] = module
        return {"names": own_names(module)}

    def _call(self, request: dict[str, Any], buffers: list[Buffer]) -> Reply:
        try:
            return (self._answer if request["do"] == "call" else self._time)(request, buffers)
        except NameMissing as error:
            return {"missing": str(error) + self._hand_ins.ran(request["file"]).why_missing()}, []
        except NotPlainData as error:
            return {"bad": str(error)}, []
        except BaseException as error:  # noqa: BLE001 - whatever the student's code raises is reported
            if is_out_of_memory(error):
                return {"oom": True}, []
            return {"raised": self._describe(error)} | self._lost(error), []

    def _answer(self, request: dict[str, Any], buffers: list[Buffer]) -> Reply:
        target = self._target(request)
        arguments = unpack(request["arguments"], buffers, Bounds(bytes=_REQUEST_BYTES))
        require_grad(arguments, request["leaves"])
        module = self._modules[request["file"]]
        before = Kept(request["arguments"], buffers) if request["echo"] else None
        reset(request["seed"], threads=1)
        self._accelerator.reset()
        record = Recording.from_plain(request["record"]) if request.get("record") else None
        seen, around = recorder(record, self._hand_ins.own_files(), probe=not isinstance(target, str))
        if seen is not None:
            arguments = seen.moved(arguments)
        value = invoke(module, target, arguments[0], arguments[1], around)
        if seen is not None:
            value = seen.result(value, module)
        self._accelerator.settle()
        tree, attached = _packed(value, self._bounds)
        if before is not None and not (record and record.device):
            after, now = pack(arguments, Bounds(bytes=_REQUEST_BYTES))
            if before.differ_from(after, now):
                inputs = [*arguments[0], *arguments[1].values()]
                tree, attached = pack([value, inputs], self._bounds)
        reply = {"value": tree}
        return (reply if seen is None else reply | {"record": seen.record()}), attached

    def _time(self, request: dict[str, Any], buffers: list[Buffer]) -> Reply:
        target, module = self._target(request), self._modules[request["file"]]
        inputs = unpack(request["arguments"], buffers, Bounds(bytes=_REQUEST_BYTES))
        require_grad(inputs, request["leaves"])
        reset(request["seed"], threads=1)
        self._accelerator.reset()
        return answer_each(module, target, inputs, lambda value: _packed(value, self._bounds))

    def _lost(self, error: BaseException) -> dict[str, Any]:
        """Says so where the accelerator is of no use any more, also after an error of another kind."""
        try:
            self._accelerator.settle()
        except RuntimeError as late:
            error = late
        return {"lost": True} if self._accelerator.is_lost(error) else {}

    def _target(self, request: dict[str, Any]) -> str | Probe:
        target = request["target"]
        if isinstance(target, str):
            return target
        key, blob = target
        if blob is not None:
            self._probes[key] = pickle.loads(blob)  # from the judge, never to it
        return self._probes[key]

    def _describe(self, error: BaseException) -> dict[str, Any]:
        return describe(error, self._hand_ins.own_files())


def _packed(value: Any, bounds: Bounds) -> tuple[Any, list[Buffer]]:
    try:
        return pack([value], bounds)
    except NotPlainData as error:  # the list around it is ours
        raise NotPlainData(error.reason, error.path.removeprefix("[0]")) from None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a student may have replaced or closed them
            stream.flush()
