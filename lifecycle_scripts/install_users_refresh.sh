#!/bin/bash
# Has systemd apply changes of users to this node while it runs. Arguments: who logs in here, `primary` for
# the controller that knows Slurm's accounts or `other`, minutes between two looks, region.
# Code is what this node has now. Only data is fetched later.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly policy=$1 role=$2 minutes=$3 region=$4
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly programs=/usr/local/lib/hyperpod_constructs/users_refresh
readonly units=$root/etc/systemd/system
readonly name=hyperpod-users-refresh

# What root runs later is complete or not there.
rm --recursive --force "$root$programs.new" "$root$programs.old"
mkdir --parents "$root$programs.new" "$units"
install --mode 0644 --target-directory "$root$programs.new" "$folder"/*.py
install --mode 0600 --target-directory "$root$programs.new" "$folder/steps.json"
if [[ -e $root$programs ]]; then
    mv "$root$programs" "$root$programs.old"
fi
mv "$root$programs.new" "$root$programs"
rm --recursive --force "$root$programs.old"
cat > "$units/$name.service.new" << END
[Unit]
Description=Applies changes of users to this node
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory=/
Environment=PATH=/opt/slurm/bin:/opt/slurm/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
Environment=AWS_DEFAULT_REGION=$region
ExecStart=/usr/bin/python3 -I -B -c 'import sys; sys.path.insert(0, "$programs"); import refresh_users; refresh_users.main("$policy", "$role")'
TimeoutStartSec=300
MemoryMax=512M
TasksMax=64
UMask=0022
NoNewPrivileges=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictNamespaces=yes
SystemCallArchitectures=native
END
mv "$units/$name.service.new" "$units/$name.service"
cat > "$units/$name.timer.new" << END
[Unit]
Description=Looks for changes of users

[Timer]
OnActiveSec=${minutes}min
OnUnitInactiveSec=${minutes}min
RandomizedDelaySec=30

[Install]
WantedBy=multi-user.target
END
mv "$units/$name.timer.new" "$units/$name.timer"
exec bash "$folder/start_service.sh" "$name.timer"
