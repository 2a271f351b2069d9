#!/bin/bash
# Entry point: runs lifecycle.py and keeps everything it prints in the log that is shipped.
set -uo pipefail

readonly log=${HYPERPOD_NODE_ROOT:-}/var/log/provision/provisioning.log

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
mkdir --parents "$(dirname "$log")"

python3 -u lifecycle.py 2>&1 | tee --append "$log"
status=${PIPESTATUS[0]}
if ((status == 0)); then
    exit 0
fi

# Python has said why when it ends with 1; otherwise it was not found, or killed.
if ((status != 1)); then
    echo "FAILED: lifecycle.py ended with status $status" | tee --append "$log"
fi
# A failed node is taken away with its log, so the log agent needs time first.
sync
sleep "${HYPERPOD_LOG_SHIPPING_SECONDS:-60}"
exit "$status"
