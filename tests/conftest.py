"""What the whole suite shares."""

from __future__ import annotations

# The pilot course has test files of its own, which are graded and not collected here.
collect_ignore = ["pilot/assignments", "pilot/solutions", "pilot/students"]
collect_ignore_glob = [f"evidence/*/{part}" for part in ("assignments", "solutions", "right", "cheats")]
