"""Who answers a call: a worker, this process, the reference, a misconception, the tape."""
