"""Many submissions: intake, scheduling, the gradebook."""
