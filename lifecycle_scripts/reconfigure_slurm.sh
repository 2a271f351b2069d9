#!/bin/bash
# Makes every daemon read slurm.conf anew: one that runs may know of a controller that is no more.
set -euo pipefail

readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

until error=$(scontrol reconfigure 2>&1); do
    if ((SECONDS >= limit)); then
        echo "No controller could be told to reconfigure within $limit s: ${error//$'\n'/ }" >&2
        exit 1
    fi
    sleep 1
done
