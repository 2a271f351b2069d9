#!/bin/bash
# Entry point: runs lifecycle.py and keeps everything it prints in the log that is shipped.
set -uo pipefail

readonly log=${HYPERPOD_NODE_ROOT:-}/var/log/provision/provisioning.log
readonly reserve=65536

# Blocks after the end of the log are allocated in advance, so that its last lines fit on a full
# disk, where tee would stop and errors are expected.
record() {
    local LC_ALL=C line size reserved
    size=$(stat --format %s "$log")
    reserved=$size
    while IFS= read -r line || [[ -n $line ]]; do
        printf '%s\n' "$line"
        if ((reserved - size < reserve / 2)) &&
            fallocate --keep-size --offset "$reserved" --length "$reserve" "$log"; then
            ((reserved += reserve))
        fi
        printf '%s\n' "$line" >> "$log" && ((size += ${#line} + 1))
    done 2> /dev/null
}

run() {
    python3 -u lifecycle.py "$@" 2>&1
    local status=$?
    # Python has said why when it ends with 1; otherwise it was not found, or killed.
    if ((status > 1)); then
        echo "FAILED: lifecycle.py ended with status $status"
    fi
    return "$status"
}

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
mkdir --parents "$(dirname "$log")"
touch "$log"

run "$@" | record
status=${PIPESTATUS[0]}
if ((status != 0)); then
    # A failed node is taken away with its log, so the log agent needs time first.
    sync
    sleep "${HYPERPOD_LOG_SHIPPING_SECONDS:-60}"
fi
exit "$status"
