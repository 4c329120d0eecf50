"""The process behind `ChildJudge`: reads a student a line, notes it, answers. Ends with its parent."""

import os
import sys
import time

log, delay_s = sys.argv[1], float(sys.argv[2])
descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(1, b"ready\n")
for line in sys.stdin.buffer:
    time.sleep(delay_s)
    os.write(descriptor, line)
    try:
        os.write(1, b"done\n")
    except BrokenPipeError:
        break
