#!/bin/bash
# Enables a service and starts it; one that runs starts anew. Argument: service.
set -euo pipefail

readonly service=$1
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

# This reads units and their drop-ins anew, too. Debian's hand-over to scripts of System V takes time
# and may fail; no service here needs it.
SYSTEMCTL_SKIP_SYSV=1 systemctl enable "$service"
# slurmd does not start before it has reached a controller, which may be slower than this node.
until systemctl restart "$service"; do
    if ((SECONDS >= limit)); then
        # The journal is not shipped.
        journalctl --no-pager --lines 20 --unit "$service"
        echo "$service did not start within $limit s; the end of its journal stands above" >&2
        exit 1
    fi
    sleep 5
done
