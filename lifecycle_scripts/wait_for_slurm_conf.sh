#!/bin/bash
# Waits until the platform has written slurm.conf: that of the image names no controller.
set -euo pipefail

readonly slurm_conf=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/slurm.conf
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

until grep --quiet --no-messages --ignore-case '^[[:space:]]*SlurmctldHost[[:space:]]*=' "$slurm_conf"; do
    if ((SECONDS >= limit)); then
        echo "$slurm_conf did not appear with a SlurmctldHost within $limit s" >&2
        exit 1
    fi
    sleep 1
done
