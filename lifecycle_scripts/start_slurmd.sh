#!/bin/bash
# Starts slurmd, which gets its configuration from the controllers. Arguments: their addresses.
# A node that slurm.conf does not name yet is ready: HyperPod adds groups of a running cluster to
# slurm.conf after their scripts have ended, and systemd starts slurmd again until then.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly options=/etc/default/hyperpod_slurmd
readonly drop_in=$root/etc/systemd/system/slurmd.service.d/conf-server.conf
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

controllers=$(
    IFS=,
    echo "$*"
)
export SLURM_CONF_SERVER=$controllers

write_options() {
    mkdir --parents "$(dirname "$root$options")" "$(dirname "$drop_in")"
    echo "SLURMD_OPTIONS=\"--conf-server $controllers\"" > "$root$options.new"
    mv "$root$options.new" "$root$options"
    # Of several files with a variable, among them that of the image, the last one counts.
    cat > "$drop_in.new" << END
[Unit]
StartLimitIntervalSec=0

[Service]
EnvironmentFile=$options
Restart=on-failure
RestartSec=2
END
    mv "$drop_in.new" "$drop_in"
}

journal() {
    journalctl --no-pager --output cat --lines 20 --unit slurmd
}

write_options
# This reads units and their drop-ins anew, too.
SYSTEMCTL_SKIP_SYSV=1 systemctl enable slurmd
bash "$(dirname "${BASH_SOURCE[0]}")/wait_for_controller.sh" "$@"
# Jobs outlive a new start of slurmd.
systemctl restart slurmd || true
# systemd may call a daemon started that ends at once.
until scontrol show slurmd > /dev/null 2>&1; do
    if ! systemctl is-active --quiet slurmd \
        && grep --quiet "Unable to determine this slurmd's NodeName" <<< "$(journal | tail -n 3)"; then
        echo "slurm.conf does not name this node yet; slurmd joins when HyperPod has added the node"
        exit 0
    fi
    if ((SECONDS >= limit)); then
        # The journal is not shipped.
        journal
        echo "slurmd did not start within $limit s; the end of its journal stands above" >&2
        exit 1
    fi
    sleep 0.1
done
systemctl start --no-block hyperpod-slurmd-registration
