#!/bin/bash
# Starts the Slurm controller when the platform has written slurm.conf.
set -euo pipefail

readonly slurm_conf=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/slurm.conf
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

# On a controller, slurmd deletes slurm.conf.
if systemctl is-enabled --quiet slurmd 2> /dev/null; then
    systemctl disable --now slurmd
fi

until [[ -s $slurm_conf ]]; do
    if ((SECONDS >= limit)); then
        echo "$slurm_conf did not appear within $limit s" >&2
        exit 1
    fi
    sleep 1
done

exec bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmctld start
