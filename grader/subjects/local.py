"""The student's module in this process: what a plain `pytest` run uses, so that pdb works.

Values pass through the same plain-data conversion as in a worker, so that a test gives the same
verdict in both places. Everything here runs on Linux, macOS and Windows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from grader.model.names import NOTEBOOK, in_either_form
from grader.model.outcomes import Outcome
from grader.subjects.base import Answer, Call, Ended, Raised, Returned, Timed, TimedAnswer
from grader.subjects.records import read_record
from grader.subjects.wording import (
    OOM_HERE,
    bad_reply,
    import_failure,
    raised_from,
    slow_call,
    slow_import,
)
from grader.wire.codec import NotPlainData, pack, plain
from grader.worker.alarm import TimeIsUp, alarm
from grader.worker.calls import NameMissing, invoke, reset
from grader.worker.cells import ALL, CellRules, ends_the_run
from grader.worker.leaves import leaves_of, require_grad
from grader.worker.loader import CannotLoad, HandIns
from grader.worker.raised import describe, is_out_of_memory
from grader.worker.recording import recorder
from grader.worker.sources import survey
from grader.worker.unchanged import Kept


class LocalSubject:
    """One student's files, called in this process."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        shown_as: Mapping[str, str],
        *,
        import_s: float,
        timed: bool = True,
        cells: str = ALL,
    ) -> None:
        """`timed` is False under a debugger, where a person thinks longer than any limit.

        `cells` says which cells of a notebook run: see `grader.worker.cells`.
        """
        rules = CellRules(run=cells, seconds=import_s if timed else None)
        self._hand_ins = HandIns(files, shown_as, rules)
        self._import_s = import_s
        self._timed = timed
        self._loaded: dict[str, Any] = {}
        self._failed: dict[str, Ended] = {}

    def answer(self, call: Call) -> Answer:
        """Answer one call, on copies of its inputs."""
        if call.survey:
            return self._surveyed(call)
        module = self._module(call)
        if isinstance(module, Ended):
            return module
        answer: Answer = self._guarded(call.seconds, lambda: self._invoke(module, call), slow_call(call))
        return self._explained(call.file, answer)

    def _invoke(self, module: Any, call: Call) -> Answer:
        args, kwargs = plain(list(call.args)), plain(dict(call.kwargs))
        require_grad([args, kwargs], leaves_of([call.args, call.kwargs]))
        reset(call.seed)
        own_files = self._own_files()
        seen, around = recorder(call.record, own_files, probe=not isinstance(call.target, str))
        if seen is None:
            value, record = plain(invoke(module, call.target, args, kwargs)), None
        else:
            args, kwargs = seen.moved(args), seen.moved(kwargs)
            value = plain(seen.result(invoke(module, call.target, args, kwargs, around), module))
            record = read_record(seen.record())
        if call.record is not None and call.record.device:
            return Returned(value=value, record=record)
        after = [*args, *kwargs.values()]
        changed = Kept(*pack(call.inputs)).differ_from(*pack(after))
        return Returned(value=value, inputs_after=plain(after) if changed else None, record=record)

    def _surveyed(self, call: Call) -> Answer:
        """Parsed before the file is imported, unless an earlier test has asked for its functions."""
        answer: Answer = self._guarded(
            self._import_s,
            lambda: Returned(value=survey(self._hand_ins, None)),
            slow_import(call.file, self._import_s),
        )
        return answer

    def time(self, call: Call) -> TimedAnswer:
        """Answer a frame of inputs in this process, by its own clocks: a hint, and no more than that."""
        module = self._module(call)
        if isinstance(module, Ended):
            return module
        answer: TimedAnswer = self._guarded(call.seconds, lambda: _clocked(module, call), slow_call(call))
        return answer

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to be told of the notebooks that have run."""
        return tuple(note for file in self._loaded for note in self._hand_ins.ran(file).notes)

    def _explained(self, file: str, answer: Answer) -> Answer:
        """A name may be missing because a cell did not run to its end."""
        if not isinstance(answer, Ended) or answer.outcome is not Outcome.MISSING:
            return answer
        return replace(answer, message=answer.message + self._hand_ins.ran(file).why_missing())

    def _own_files(self) -> list[str]:
        return self._hand_ins.own_files()

    def _is_notebook(self, file: str) -> bool:
        return (in_either_form(file, self._hand_ins.files) or file).endswith(NOTEBOOK)

    def _module(self, call: Call) -> Any:
        if call.file in self._failed:
            return self._failed[call.file]
        if call.file not in self._loaded:
            reset(call.seed)
            message = slow_import(call.file, self._import_s)
            # The time of a notebook is counted cell by cell: an alarm holds no other one.
            seconds = 0.0 if self._is_notebook(call.file) else self._import_s
            loaded = self._guarded(seconds, lambda: self._hand_ins.load(call.file), message)
            if isinstance(loaded, Raised):
                loaded = import_failure(call.file, loaded)
            if isinstance(loaded, Ended):
                self._failed[call.file] = replace(loaded, elsewhere=True)
                return self._failed[call.file]
            self._loaded[call.file] = loaded
        return self._loaded[call.file]

    def _guarded(self, seconds: float, work: Callable[[], Any], time_message: str) -> Any:
        limit = alarm(seconds, self._own_files()) if self._timed and seconds else nullcontext()
        try:
            with self._hand_ins.active(), limit:
                return work()
        except TimeIsUp as error:
            frames = raised_from(describe(error, self._own_files())).frames
            return Ended(outcome=Outcome.TIMEOUT, message=time_message, frames=frames)
        except (NameMissing, CannotLoad) as error:
            return Ended(outcome=Outcome.MISSING, message=str(error))
        except NotPlainData as error:
            return bad_reply(str(error))
        except BaseException as error:
            if ends_the_run(error):
                raise
            if is_out_of_memory(error):
                return Ended(outcome=Outcome.OOM, message=OOM_HERE)
            return raised_from(describe(error, self._own_files()), error)

    def charge(self, seconds: float) -> None:
        """Local runs have no limit in all."""

    def cpu_seconds(self) -> float | None:
        """Not measured here: the process is not the student's alone."""
        return None

    def close(self) -> None:
        """Nothing is held between calls."""


def _clocked(module: Any, call: Call) -> Timed:
    inputs = plain(list(call.args))
    require_grad(inputs, leaves_of(list(call.args)))
    reset(call.seed)
    wall, cpu = time.perf_counter(), time.process_time()
    values = [plain(invoke(module, call.target, args, {})) for args in inputs]
    return Timed(values=values, wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
