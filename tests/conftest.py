"""What the whole suite shares."""

from __future__ import annotations

# These courses have test files of their own, which are graded and not collected here.
collect_ignore = ["pilot/assignments", "pilot/solutions", "pilot/students", "gpu/course"]
collect_ignore_glob = [f"evidence/*/{part}" for part in ("assignments", "solutions", "right", "cheats")]
