#!/bin/bash
# Exports what the EFA devices count, at port 9109.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}

if ! compgen -G "$root/sys/class/infiniband/*/ports/*/hw_counters/rx_bytes" > /dev/null; then
    echo "This node has no EFA device, so there is nothing to export."
    exit 0
fi
exec bash "$(dirname "${BASH_SOURCE[0]}")/install_exporter.sh" efa 9109
