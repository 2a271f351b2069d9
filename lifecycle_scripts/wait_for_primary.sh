#!/bin/bash
# Waits until the primary controller has once run slurmctld. Argument: folder of slurmctld's state.
# A backup that starts before holds it up: neither of them answers while both are new.
set -euo pipefail

readonly heartbeat=${HYPERPOD_NODE_ROOT:-}$1/heartbeat
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

until [[ -e $heartbeat ]]; do
    if ((SECONDS >= limit)); then
        echo "The primary controller has not run slurmctld within $limit s: no $heartbeat" >&2
        exit 1
    fi
    sleep 1
done
