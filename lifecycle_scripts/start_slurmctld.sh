#!/bin/bash
# Starts the Slurm controller. One that runs already reads its configuration anew; jobs go on.
set -euo pipefail

readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmctld
# systemd may call a daemon started that ends at once, as slurmctld does without its topology.conf.
host=$(hostname --short)
until scontrol ping | grep --quiet --fixed-strings " at $host is UP"; do
    if ((SECONDS >= limit)); then
        journalctl --no-pager --lines 20 --unit slurmctld
        echo "slurmctld did not answer within $limit s; the end of its journal stands above" >&2
        exit 1
    fi
    sleep 0.1
done
