#!/bin/bash
# Keeps the credentials of this node's role from users and containers: their processes do not reach
# the instance metadata service. Programs of the system and of `ubuntu` (ids up to 1000) do.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly name=hyperpod-metadata
readonly program=$root/usr/local/lib/hyperpod_constructs/$name.sh
readonly unit=$root/etc/systemd/system/$name.service

if ! command -v iptables > /dev/null; then
    echo "iptables is missing, so users of this node reach the credentials of its role."
    exit 0
fi
mkdir --parents "$(dirname "$program")" "$(dirname "$unit")"
install --mode 0755 "$folder/refuse_metadata.sh" "$program.new"
mv "$program.new" "$program"
cat > "$unit.new" << END
[Unit]
Description=Keeps users from the credentials of the role of this node
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target ssh.service docker.service slurmd.service slurmctld.service
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$program
$(bash "$folder/service_limits.sh")
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
ReadWritePaths=-/run

[Install]
WantedBy=multi-user.target
END
mv "$unit.new" "$unit"
systemctl daemon-reload
exec bash "$folder/start_service.sh" $name
