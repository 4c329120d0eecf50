"""What a worker's reply to a call says, as an answer. Whatever it claims, it is only plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from grader.model.outcomes import Outcome
from grader.sandbox.layers import WorkerLimits
from grader.subjects.base import Answer, Ended, Raised, Returned
from grader.subjects.claims import raised_claim, shared_out, text_claim
from grader.subjects.records import read_record
from grader.subjects.told import with_limit
from grader.subjects.wording import bad_reply
from grader.wire.channel import Buffer
from grader.wire.codec import Bounds, NotPlainData, unpack

T = TypeVar("T")
Reply = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Reads the replies of a worker, within the bounds of a reply and in the words of its limits."""

    bounds: Bounds
    limits: WorkerLimits
    oom: Ended
    """What is told of one that ran out of memory."""

    def answer(self, reply: Reply, buffers: list[Buffer], *, recorded: bool = False) -> Answer:
        """The answer to one call; with its record, where one was asked for."""
        if "value" not in reply:
            return self._without_value(reply)
        answer = self._value(reply["value"], buffers)
        if not recorded or isinstance(answer, Ended):
            return answer
        record = read_record(reply.get("record"))
        return bad_reply("malformed") if record is None else replace(answer, record=record)

    def values(self, reply: Reply, buffers: list[Buffer], count: int) -> list[Any] | Raised | Ended:
        """The values of a frame, each from buffers of its own."""
        if "values" not in reply:
            return self._without_value(reply)
        values = _plain(lambda: [self._one(tree, own) for tree, own in shared_out(reply["values"], buffers)])
        return values if isinstance(values, Ended) or len(values) == count else bad_reply("malformed")

    def _value(self, tree: Any, buffers: list[Buffer]) -> Returned | Ended:
        values = _plain(lambda: unpack(tree, buffers, self.bounds))
        if isinstance(values, Ended):
            return values
        if not isinstance(values, list) or len(values) not in (1, 2):
            return bad_reply("malformed")
        after = values[1] if len(values) == 2 else None
        if after is not None and not isinstance(after, list):
            return bad_reply("malformed")
        return Returned(value=values[0], inputs_after=after)

    def _one(self, tree: Any, buffers: list[Buffer]) -> Any:
        (value,) = unpack(tree, buffers, self.bounds)
        return value

    def _without_value(self, reply: Reply) -> Raised | Ended:
        if "missing" in reply:
            return Ended(outcome=Outcome.MISSING, message=text_claim(reply["missing"]))
        if reply.get("oom"):
            return self.oom
        if "bad" in reply:
            return bad_reply(text_claim(reply["bad"]))
        raised = raised_claim(reply.get("raised"))
        return raised if isinstance(raised, Ended) else with_limit(raised, self.limits)


def _plain(decode: Callable[[], T]) -> T | Ended:
    """What is decoded from a reply, if it is plain data."""
    try:
        return decode()
    except NotPlainData as error:
        return bad_reply(str(error))
    except Exception as error:  # noqa: BLE001 - the border: what their bytes make of the codec is theirs
        return bad_reply(f"malformed: {type(error).__name__}")
