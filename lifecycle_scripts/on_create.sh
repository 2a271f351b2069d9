#!/bin/bash
# Entry point: runs lifecycle.py and keeps everything it prints in the log that is shipped.
set -uo pipefail

readonly log=${HYPERPOD_NODE_ROOT:-}/var/log/provision/provisioning.log
readonly reserve=$log.reserve

# On a full disk the reserve makes room for the last lines; tee would have given up before.
record() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do
        printf '%s\n' "$line"
        if ! printf '%s\n' "$line" >> "$log"; then
            rm --force "$reserve"
            # What fills the disk would otherwise use the reserve before the next line.
            fallocate --keep-size --offset "$(stat --format %s "$log")" --length 48K "$log"
            printf '\n%s\n' "$line" >> "$log"
        fi
    done 2> /dev/null
}

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
mkdir --parents "$(dirname "$log")"
head --bytes 64K /dev/zero > "$reserve"

python3 -u lifecycle.py "$@" 2>&1 | record
status=${PIPESTATUS[0]}
if ((status == 0)); then
    rm --force "$reserve"
    exit 0
fi

# Python has said why when it ends with 1; otherwise it was not found, or killed.
if ((status != 1)); then
    echo "FAILED: lifecycle.py ended with status $status" | record
fi
# A failed node is taken away with its log, so the log agent needs time first.
sync
rm --force "$reserve"
sleep "${HYPERPOD_LOG_SHIPPING_SECONDS:-60}"
exit "$status"
