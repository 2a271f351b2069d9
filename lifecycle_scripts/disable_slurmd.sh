#!/bin/bash
# Keeps slurmd off a controller, where it would delete slurm.conf, also if somebody starts it.
set -euo pipefail

readonly drop_in=${HYPERPOD_NODE_ROOT:-}/etc/systemd/system/slurmd.service.d/controller.conf

if systemctl is-enabled --quiet slurmd 2> /dev/null; then
    systemctl disable --now slurmd
fi
# A unit in /etc cannot be masked. The condition never holds; systemd reads it when slurmctld is enabled.
if [[ ! -e $drop_in ]]; then
    mkdir --parents "${drop_in%/*}"
    printf '[Unit]\nConditionPathExists=!/\n' > "$drop_in.new"
    mv "$drop_in.new" "$drop_in"
fi
