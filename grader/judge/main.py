"""The judge process: `python -m grader.judge.main SOCKET PARENT [PROGRESS]`.

Opens a judge, then grades what it is handed until the socket closes. It imports no submission, and
cannot be read or traced by processes of the same user.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Callable

import msgspec

from grader.judge.messages import Message, decode_submission, encode
from grader.judge.progress import note_progress
from grader.model.errors import GraderError, HarnessFault
from grader.model.orders import Order, Ready, Submission, TestSummary
from grader.wire.channel import Channel, ChannelClosed

_REQUEST_BYTES = 2**30


def main() -> None:
    """Serve one scheduler."""
    descriptor, parent = (int(argument) for argument in sys.argv[1:3])
    progress = int(sys.argv[3]) if len(sys.argv) > 3 else None
    _guard(parent)
    channel = Channel(socket.socket(fileno=descriptor), max_bytes=_REQUEST_BYTES)

    def tell(message: Message) -> None:
        channel.send(encode(message))

    def next_submission() -> Submission:
        data, _ = channel.receive()
        return decode_submission(data["value"])

    try:
        data, _ = channel.receive()
        _serve(msgspec.convert(data["value"], Order), next_submission, tell, progress)
    except ChannelClosed:
        return
    except GraderError as error:
        tell(error)
    except Exception:  # noqa: BLE001 - the border of the process: whatever it is, it is ours
        tell(HarnessFault(traceback.format_exc()))


def _guard(parent: int) -> None:
    """Die with the scheduler; be neither dumped nor traced."""
    if sys.platform == "linux":
        from grader.sandbox import kernel

        kernel.die_with_parent()
        if os.getppid() != parent:  # it died before it could be watched
            os._exit(1)
        kernel.set_dumpable(dumpable=False)


def _serve(
    order: Order,
    next_submission: Callable[[], Submission],
    tell: Callable[[Message], None],
    progress: int | None,
) -> None:
    from grader.judge.grading import Examiner
    from grader.judge.opening import OpenJudge, open_judge

    def grade_all(judge: OpenJudge) -> None:
        examiner = Examiner(judge, run=order.run)
        if progress is not None:
            judge.session.tell_progress(lambda test: note_progress(progress, test))
        tests = tuple(
            TestSummary(
                id=spec.id,
                title=spec.title,
                task=spec.task,
                points=spec.points,
                visibility=spec.visibility.value,
            )
            for spec in judge.session.specs
        )
        tell(
            Ready(
                isolation=judge.isolation,
                environment=judge.environment,
                tests=tests,
                max_score=examiner.max_score,
            )
        )
        while True:
            tell(examiner.grade(next_submission()))

    open_judge(order, grade_all)


if __name__ == "__main__":
    main()
    os._exit(0)  # nothing of a judge is worth an orderly teardown of torch
