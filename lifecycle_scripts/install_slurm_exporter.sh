#!/bin/bash
# Exports what Slurm knows of nodes and jobs, at port 9341.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly program=$root/usr/local/lib/hyperpod_constructs/slurm_exporter.py
readonly unit=$root/etc/systemd/system/slurm-exporter.service

mkdir --parents "$(dirname "$program")" "$(dirname "$unit")"
# The folder of these scripts does not outlive a reboot.
install --mode 0644 "$folder/slurm_exporter.py" "$program.new"
mv "$program.new" "$program"
cat > "$unit.new" << END
[Unit]
Description=Prometheus exporter for Slurm
After=network.target slurmctld.service

[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 $program 9341
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
MemoryMax=512M

[Install]
WantedBy=multi-user.target
END
mv "$unit.new" "$unit"
systemctl daemon-reload
exec bash "$folder/start_service.sh" slurm-exporter
