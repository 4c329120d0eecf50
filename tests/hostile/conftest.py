"""The course's own tests are graded, not collected; submissions are no tests at all."""

collect_ignore = ["course", "submissions"]
