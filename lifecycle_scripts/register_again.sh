#!/bin/bash
# Starts slurmd again where slurmctld takes this node for powered down. Jobs outlive that.
set -euo pipefail

readonly PATH=/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin

if systemctl is-active --quiet slurmd \
    && scontrol show node "$(hostname --short)" 2> /dev/null | grep --quiet --word-regexp POWERED_DOWN; then
    echo "slurmctld takes this node for powered down; slurmd starts again and registers"
    systemctl restart slurmd
fi
