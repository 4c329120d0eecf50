"""What has to become of each submission of `submissions/`.

A test that is not named passes. Several outcomes stand where which one it is depends on what the
memory happens to hold, or on which of two messages is faster; none of them earns points.

Not here, because they have courses of their own: attacks on time (`tests/evidence/timing/cheats`), on
gradients, operations and forbidden names (`tests/evidence`), archives and links (`tests/batch`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.outcomes import Outcome

POINTS = {"double": 3.0, "quiet": 1.0, "label": 1.0, "spread": 1.0, "secret": 3.0, "use": 1.0}
"""The tests of the course, in their order; the last two are hidden."""
HIDDEN = ("secret", "use")

FAILED, ERROR, CRASHED = Outcome.FAILED, Outcome.ERROR, Outcome.CRASHED
TIMEOUT, OOM, MISSING = Outcome.TIMEOUT, Outcome.OOM, Outcome.MISSING
BAD_REPLY, OUTPUT_LIMIT = Outcome.BAD_REPLY, Outcome.OUTPUT_LIMIT
PASSED = Outcome.PASSED

Expected = Mapping[str, Outcome | tuple[Outcome, ...]]


@dataclass(frozen=True)
class Row:
    """A submission's outcomes."""

    expected: Expected = field(default_factory=dict)
    at: Mapping[str, Expected] = field(default_factory=dict)
    """What differs under a weaker confinement; the reason stands beside the row."""
    plain: bool = False
    """Also tried with nothing around the worker: it does no harm there."""
    says: Mapping[str, str] = field(default_factory=dict)
    """By test: a part of the message."""

    def under(self, level: str) -> Expected:
        """The outcomes under a confinement."""
        return {**self.expected, **self.at.get(level, {})}


def _all(outcome: Outcome) -> Expected:
    return dict.fromkeys(POINTS, outcome)


WRONG = {name: FAILED for name in POINTS if name != "quiet"}
"""Answers of None: only the test that nothing is raised holds."""
BOTH_HIDDEN_FAIL = dict.fromkeys(HIDDEN, FAILED)

TABLE: dict[str, Row] = {
    "00_honest": Row(plain=True),
    "01_conftest": Row(WRONG),
    "02_options": Row(WRONG),
    "05_exits_at_import": Row(_all(MISSING)),
    "05_exits_in_a_call": Row(
        {"double": CRASHED, "quiet": CRASHED, "secret": ERROR, "use": ERROR},
        plain=True,
        says={"double": "exited with code 0 before it returned"},
    ),
    "06_control_exceptions": Row(
        {"double": ERROR, "quiet": FAILED, "label": ERROR, "secret": ERROR, "use": ERROR},
        says={"label": "Skipped: not today"},
    ),
    "07_patched_builtins": Row(_all(CRASHED)),
    "08_patched_comparisons": Row(WRONG),
    "09_replaced_modules": Row(WRONG),
    "10_searches_objects": Row({"double": FAILED, **BOTH_HIDDEN_FAIL}),
    "11_reads_memory": Row({"double": FAILED}),
    "13_prints_success": Row(WRONG),
    "14_writes_to_descriptors": Row(_all(BAD_REPLY), plain=True, says={"double": "not a frame"}),
    "15_atexit": Row(plain=True),
    "16_overwrites_files": Row(),
    "18_counts_calls": Row({"use": FAILED}),
    "19_tensor_subclass": Row(
        {"double": BAD_REPLY, "quiet": BAD_REPLY, "secret": BAD_REPLY, "use": BAD_REPLY}
    ),
    "20_equals_everything": Row(
        {**_all(BAD_REPLY), "spread": PASSED}, says={"double": "AlwaysEqual is not plain data"}
    ),
    "22_nan": Row({"double": FAILED, **BOTH_HIDDEN_FAIL}, says={"double": "NaN where finite"}),
    "24_broadcasts": Row({"double": FAILED, "secret": FAILED}, says={"double": "(1, 4) instead of (3, 4)"}),
    "25_other_dtypes": Row(
        {"double": FAILED, "label": FAILED, **BOTH_HIDDEN_FAIL}, says={"double": "wrong dtype"}
    ),
    "26_odd_layouts": Row({**_all(BAD_REPLY), "spread": PASSED}, says={"double": "sparse_coo"}),
    "27_expanded": Row(
        {"double": BAD_REPLY, "quiet": BAD_REPLY, "secret": BAD_REPLY, "use": BAD_REPLY},
        says={"double": "(1000000000000,) is more than the limit of 8 MiB"},
    ),
    "30_changes_inputs": Row({"double": FAILED, **BOTH_HIDDEN_FAIL}),
    "31_lazy": Row({"double": BAD_REPLY, "quiet": BAD_REPLY}),
    "32_methods_that_run": Row({**_all(BAD_REPLY), "spread": PASSED}),
    "33_pickle": Row({"double": BAD_REPLY, "quiet": BAD_REPLY, "label": FAILED, **BOTH_HIDDEN_FAIL}),
    "38_hard_coded": Row({"double": FAILED}),
    "39_stale_memory": Row({"double": FAILED, "quiet": FAILED, "secret": FAILED, "use": (FAILED, PASSED)}),
    "40_trivial": Row(WRONG),
    "41_patched_randomness": Row({"double": FAILED}),
    "42_changed_defaults": Row(),
    "44_changed_interpreter": Row(),
    "50_daemon": Row(),
    "51_kills_everyone": Row({"label": CRASHED}, says={"label": "SIGKILL"}),
    "52_traces_others": Row(),
    "53_fork_bomb": Row({"double": ERROR, "label": ERROR, "spread": ERROR}),
    "54_memory": Row(
        {"double": OOM, "label": OOM, "secret": OOM, "use": OOM},
        says={"double": "limit of 256 MiB", "secret": "limit of 256 MiB"},
    ),
    "54_shared_memory": Row(
        {"double": OOM, "label": ERROR, "secret": OOM, "use": OOM}, says={"label": "PermissionError"}
    ),
    "54_memory_of_children": Row({"spread": OOM}, says={"spread": "limit of 256 MiB"}),
    "55_native_crash": Row(
        # Writing to a stack of no end may take longer than a call may: then time ends it.
        {"double": ERROR, "label": CRASHED, "secret": (CRASHED, TIMEOUT), "use": (CRASHED, TIMEOUT)},
        says={"label": "SIGSEGV"},
    ),
    "56_endless": Row(
        {"double": TIMEOUT, "label": TIMEOUT, "secret": TIMEOUT, "use": PASSED},
        says={"double": "double took longer than the limit of 2 s"},
    ),
    "57_ignores_signals": Row({"label": TIMEOUT}),
    "60_privileges": Row(),
    "72_malformed_frames": Row({**_all(BAD_REPLY), "spread": CRASHED}, plain=True),
    "73_slow_and_huge": Row(
        {"double": TIMEOUT, "label": BAD_REPLY, "secret": BAD_REPLY, "use": BAD_REPLY},
        says={"label": "more than the limit of 8 MiB"},
    ),
    "74_answers_ahead": Row({"quiet": (PASSED, BAD_REPLY), "label": (PASSED, BAD_REPLY, FAILED)}),
    "74_forged_reply": Row(
        {"double": FAILED, "quiet": CRASHED, "secret": BAD_REPLY, "use": BAD_REPLY}, plain=True
    ),
    "76_output_flood": Row(
        {"double": OUTPUT_LIMIT, "label": OUTPUT_LIMIT}, says={"double": "more than the limit of 64 KiB"}
    ),
    "77_fills_the_disk": Row(
        # A slow machine may need more than the time of a call to write so much.
        {"double": ERROR, "label": ERROR, "secret": (ERROR, TIMEOUT), "use": (ERROR, TIMEOUT)},
        # Without a file system of its own a worker is watched, and ended when it holds too much.
        at={
            "shared": {"double": CRASHED, "secret": (CRASHED, TIMEOUT), "use": (CRASHED, TIMEOUT)},
        },
        says={"double": "4,096 files"},
    ),
    "79_shadows": Row(),
    "84_binary": Row(_all(MISSING), says={"double": "save it as UTF-8"}),
    "84_carriage_returns": Row(),
    "84_empty": Row(_all(MISSING), says={"double": "`double` is not defined"}),
    "84_latin1": Row(_all(MISSING), says={"double": "save it as UTF-8"}),
    "84_nul": Row(_all(MISSING), says={"double": "null bytes"}),
    "84_utf16": Row(_all(MISSING), says={"double": "save it as UTF-8"}),
    "85_kills_the_parser": Row(_all(MISSING), says={"double": "deeply nested"}),
    "89_odd_functions": Row({**_all(BAD_REPLY), "label": ERROR, "secret": ERROR, "use": ERROR}),
    "89_renamed": Row(_all(MISSING), says={"double": "did you mean `doubled`?"}),
    "90_reads_the_course": Row(),
    "91_environment": Row(),
    "92_keeps_hidden_inputs": Row(dict.fromkeys(HIDDEN, CRASHED)),
    "92_raises_hidden_inputs": Row(dict.fromkeys(HIDDEN, ERROR)),
    "92_returns_hidden_inputs": Row(BOTH_HIDDEN_FAIL),
    "93_network": Row(),
    "98_leaves_a_note": Row(),
    "98_takes_a_note": Row(),
}
"""In the order in which they are graded, by one judge."""
