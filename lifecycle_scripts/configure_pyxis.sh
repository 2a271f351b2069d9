#!/bin/bash
# Tells Slurm of Pyxis: nodes get plugstack.conf from the controller, as they do slurm.conf.
set -euo pipefail

readonly etc=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc
readonly plugstack=$etc/plugstack.conf

if grep --recursive --quiet --no-messages '^[^#]*pyxis' "$plugstack" "$etc/plugstack.conf.d"; then
    exit 0
fi
# The controller itself may be without Pyxis.
{
    if [[ -e $plugstack ]]; then
        cat "$plugstack"
    fi
    echo "optional /usr/local/lib/slurm/spank_pyxis.so"
} > "$plugstack.new"
mv "$plugstack.new" "$plugstack"
