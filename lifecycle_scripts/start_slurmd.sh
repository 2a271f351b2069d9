#!/bin/bash
# Starts slurmd, which gets its configuration from the controllers. Arguments: their addresses.
set -euo pipefail

readonly drop_in=${HYPERPOD_NODE_ROOT:-}/etc/systemd/system/slurmd.service.d/conf-server.conf

controllers=$(
    IFS=,
    echo "$*"
)
content="[Service]
Environment=\"SLURMD_OPTIONS=--conf-server $controllers\""

verb=start
if [[ ! -f $drop_in || $(< "$drop_in") != "$content" ]]; then
    mkdir --parents "$(dirname "$drop_in")"
    echo "$content" > "$drop_in"
    verb=restart
fi
systemctl daemon-reload

exec bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmd "$verb"
