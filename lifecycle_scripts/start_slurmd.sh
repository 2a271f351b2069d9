#!/bin/bash
# Starts slurmd, which gets its configuration from the controllers. Arguments: their addresses.
set -euo pipefail

readonly drop_in=${HYPERPOD_NODE_ROOT:-}/etc/systemd/system/slurmd.service.d/conf-server.conf

controllers=$(
    IFS=,
    echo "$*"
)
mkdir --parents "$(dirname "$drop_in")"
cat > "$drop_in.new" << END
[Service]
Environment="SLURMD_OPTIONS=--conf-server $controllers"
END
mv "$drop_in.new" "$drop_in"

# Jobs outlive a new start of slurmd.
exec bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmd
