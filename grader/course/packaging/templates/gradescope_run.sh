#!/usr/bin/env bash
# Gradescope runs this for each submission, as root. It writes /autograder/results/results.json.
set -u
home=/opt/torchgrade
chmod -R go-rwx /autograder/source
chmod go-rwx /autograder/results
export PYTHONPATH=$$home/harness

# Apart from everything else in /autograder; links stay links, and are not followed.
hand_in=$$(mktemp -d)
cp -r --no-dereference /autograder/submission "$$hand_in/submission"
if [ -f /autograder/submission_metadata.json ]; then
  cp /autograder/submission_metadata.json "$$hand_in"
fi
cd /autograder/source/course || exit 1
$$home/venv/bin/python -m grader grade $assignment "$$hand_in" --workers 1 \
  --out "$$(mktemp -d)" --gradescope /autograder/results/results.json
code=$$?
chmod go+rx /autograder/results
exit $$code
