"""Inside the wall: what runs in the process that belongs to the student."""
