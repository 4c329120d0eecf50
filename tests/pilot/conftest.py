"""The course's own tests are run by what is tested here, not by this repository's pytest."""

collect_ignore = ["assignments", "solutions", "students"]
