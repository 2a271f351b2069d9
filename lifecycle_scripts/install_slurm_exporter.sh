#!/bin/bash
# Exports what Slurm knows of nodes and jobs, at port 9341. Argument: name of the cluster.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly cluster=$1
readonly programs=$root/usr/local/lib/hyperpod_constructs/slurm_exporter
readonly unit=$root/etc/systemd/system/slurm-exporter.service

# The folder of these scripts does not outlive a reboot.
rm --recursive --force "$programs.new" "$programs.old"
mkdir --parents "$programs.new" "$(dirname "$unit")"
install --mode 0644 --target-directory "$programs.new" "$folder"/slurm_{exporter,metrics}.py
if [[ -e $programs ]]; then
    mv "$programs" "$programs.old"
fi
mv "$programs.new" "$programs"
rm --recursive --force "$programs.old"
cat > "$unit.new" << END
[Unit]
Description=Prometheus exporter for Slurm
After=network.target slurmctld.service

[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 -B $programs/slurm_exporter.py 9341 "$cluster"
Restart=always
RestartSec=5
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes
CapabilityBoundingSet=
TasksMax=128
MemoryMax=256M

[Install]
WantedBy=multi-user.target
END
mv "$unit.new" "$unit"
systemctl daemon-reload
exec bash "$folder/start_service.sh" slurm-exporter
