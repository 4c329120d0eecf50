#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image, as root and with a network.
set -euo pipefail
source=/autograder/source
home=/opt/torchgrade

export DEBIAN_FRONTEND=noninteractive
apt-get update
# bubblewrap is used where the container allows it; everything works without.
apt-get install -y bubblewrap || true
for version in 3.12 3.13 3.11; do
  if command -v python$$version >/dev/null || apt-get install -y python$$version python$$version-venv; then
    break
  fi
done

mkdir -p $$home
python$$version -m venv $$home/venv
$$home/venv/bin/pip install --no-cache-dir $torch_index "$$(grep '^torch==' $$source/requirements.txt)"
$$home/venv/bin/pip install --no-cache-dir --requirement $$source/requirements.txt

# Workers read the harness, and nothing else that came with the archive: tests and solutions are root's alone.
cp -r $$source/harness $$home/harness
chmod -R go+rX $$home
chmod -R go-rwx $$source
