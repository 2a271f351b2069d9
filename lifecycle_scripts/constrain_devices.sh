#!/bin/bash
# Lets a job use only the devices that it has asked for. Nodes get this file from the controller.
set -euo pipefail

readonly conf=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/cgroup.conf

if [[ -e $conf ]] && grep --quiet --ignore-case '^[[:space:]]*ConstrainDevices=yes' "$conf"; then
    exit 0
fi
{
    if [[ -e $conf ]]; then
        grep --invert-match --ignore-case '^[[:space:]]*ConstrainDevices=' "$conf" || true
    fi
    echo ConstrainDevices=yes
} > "$conf.new"
mv "$conf.new" "$conf"
