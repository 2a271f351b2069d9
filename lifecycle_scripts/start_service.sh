#!/bin/bash
# Enables a service and starts it. Arguments: service, start or restart.
set -euo pipefail

readonly service=$1 verb=$2
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

systemctl enable "$service"
# slurmd does not start before it has reached a controller, which may be slower than this node.
until systemctl "$verb" "$service"; do
    if ((SECONDS >= limit)); then
        # The journal is not shipped.
        journalctl --no-pager --lines 20 --unit "$service"
        echo "$service did not start within $limit s; the end of its journal stands above" >&2
        exit 1
    fi
    sleep 5
done
