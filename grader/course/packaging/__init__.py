"""An assignment and its grader, packed for platforms that grade elsewhere."""
