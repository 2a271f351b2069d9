#!/bin/bash
# Prints the folder of the disk for containers, or nothing if there is only the root disk.
# Argument: the folder that is wished, if any.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-} wished=${1:-}
readonly limit=$((${HYPERPOD_WAIT_SECONDS:-600} < 120 ? ${HYPERPOD_WAIT_SECONDS:-600} : 120))

is_mount() {
    findmnt --noheadings --mountpoint "$root$1" > /dev/null
}

# This service of the machine image makes one file system of the instance's own disks.
# On a node without such disks it ends, too, and is not active.
while [[ -n $(systemctl show --property Job --value dlami-nvme 2> /dev/null) ]] && ((SECONDS < limit)); do
    sleep 1
done
for folder in ${wished:-/opt/sagemaker /opt/dlami/nvme}; do
    if is_mount "$folder"; then
        echo "$root$folder"
        exit 0
    fi
done
if [[ -n $wished ]]; then
    echo "$root$wished, the data_root of containers, is not a mounted file system" >&2
    exit 1
fi
