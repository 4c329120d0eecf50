#!/usr/bin/env bash
# Gradescope runs this for each submission, as root. It writes /autograder/results/results.json.
set -u
home=/opt/torchgrade
chmod -R go-rwx /autograder/source
chmod go-rwx /autograder/results
export PYTHONPATH=$$home/harness

# As one folder of a class: then a hand-in under a wrong name is told as missing, and links stay links.
hand_in=$$(mktemp -d)
cp -r --no-dereference /autograder/submission "$$hand_in/submission"

metadata=()
if [ -f /autograder/submission_metadata.json ]; then
  metadata=(--gradescope-metadata /autograder/submission_metadata.json)
fi
cd /autograder/source/course || exit 1
$$home/venv/bin/python -m grader grade $assignment "$$hand_in" --workers 1 \
  --out "$$(mktemp -d)" --gradescope /autograder/results/results.json "$${metadata[@]}"
code=$$?
chmod go+rx /autograder/results
exit $$code
