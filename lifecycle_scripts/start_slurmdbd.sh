#!/bin/bash
# Starts slurmdbd, waits until it answers, and makes the cluster known to it.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly unit=$root/etc/systemd/system/slurmdbd.service
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

write_unit() {
    mkdir --parents "$(dirname "$unit")"
    cat > "$unit.new" << 'END'
[Unit]
Description=Slurm DBD accounting daemon
After=network-online.target munge.service mariadb.service
Wants=network-online.target
Requires=munge.service

[Service]
Type=simple
ExecStart=/opt/slurm/sbin/slurmdbd -D
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
END
    mv "$unit.new" "$unit"
    systemctl daemon-reload
}

clusters() {
    sacctmgr --noheader --parsable2 list cluster format=Cluster
}

# What sacctmgr says is only that nobody answers.
give_up() {
    local journal reason
    journal=$(journalctl --no-pager --output cat --lines 20 --unit slurmdbd)
    reason=$(grep 'fatal: ' <<< "$journal" | tail -n 1 || true)
    echo "$journal"
    echo "slurmdbd did not answer within $limit s: ${reason:-$1}" >&2
    exit 1
}

# It ends when it cannot reach its database, and older ones when they have just made it.
keep_running() {
    systemctl is-active --quiet slurmdbd || systemctl restart slurmdbd
}

wait_for_answer() {
    local error="it does not start"
    until keep_running && error=$(clusters 2>&1); do
        if ((SECONDS >= limit)); then
            give_up "${error//$'\n'/ }"
        fi
        sleep 1
    done
}

if ! systemctl cat slurmdbd > /dev/null 2>&1; then
    write_unit
fi
bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmdbd
wait_for_answer

name=$(awk -F '[=[:space:]]+' 'tolower($1) == "clustername" { print tolower($2) }' \
    "$root/opt/slurm/etc/slurm.conf")
if ! clusters | grep --line-regexp --fixed-strings --quiet -- "$name"; then
    # Another controller may be doing the same.
    sacctmgr --immediate add cluster "$name" || clusters | grep --line-regexp --fixed-strings -- "$name"
fi
