"""Wrong answers, and output that looks like a runner's that has passed everything."""

import json
import sys

print("============ 10 passed in 0.01s ============")
print(json.dumps({"score": 10, "tests": [{"outcome": "passed", "points": 10}]}))
print("\x1b[2J\x1b]0;10 of 10\x07", file=sys.stderr)


def double(*_):
    return None


label = spread = total = double
