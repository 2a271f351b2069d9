#!/bin/bash
# Waits until the platform has written slurm.conf.
set -euo pipefail

readonly slurm_conf=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/slurm.conf
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

until [[ -s $slurm_conf ]]; do
    if ((SECONDS >= limit)); then
        echo "$slurm_conf did not appear within $limit s" >&2
        exit 1
    fi
    sleep 1
done
