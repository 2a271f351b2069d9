#!/bin/bash
# Runs an exporter of this folder: <kind>_exporter.py. Arguments: kind, arguments of the program.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly kind=$1 name=$1-exporter
readonly arguments=("${@:2}")
readonly programs=$root/usr/local/lib/hyperpod_constructs/${kind}_exporter
readonly unit=$root/etc/systemd/system/$name.service

# The folder of these scripts does not outlive a reboot.
rm --recursive --force "$programs.new" "$programs.old"
mkdir --parents "$programs.new" "$(dirname "$unit")"
install --mode 0644 --target-directory "$programs.new" \
    "$folder"/{"${kind}_exporter","${kind}_metrics",metrics_server}.py
if [[ -e $programs ]]; then
    mv "$programs" "$programs.old"
fi
mv "$programs.new" "$programs"
rm --recursive --force "$programs.old"
cat > "$unit.new" << END
[Unit]
Description=Prometheus exporter: $name
After=network.target

[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 -B $programs/${kind}_exporter.py ${arguments[*]}
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
exec bash "$folder/start_service.sh" "$name"
