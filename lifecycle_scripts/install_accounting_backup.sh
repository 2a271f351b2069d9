#!/bin/bash
# Has systemd write the accounting database to S3 every few minutes, and when this node stops.
# Arguments: bucket, prefix and Region of the backups, database, minutes.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly bucket=$1 prefix=$2 region=$3 database=$4 minutes=$5
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly programs=/usr/local/lib/hyperpod_constructs/accounting_backup
readonly units=$root/etc/systemd/system
readonly name=hyperpod-accounting-backup

cluster=$(awk -F '[=[:space:]]+' 'tolower($1) == "clustername" { print $2 }' \
    "$root/opt/slurm/etc/slurm.conf")
write() {
    cat > "$1.new"
    mv "$1.new" "$1"
}

# At a stop, slurmdbd ends first, then the last records are written, then MariaDB ends.
service() {
    cat << END
[Unit]
Description=$1
After=network-online.target nss-lookup.target mariadb.service mysql.service
Wants=network-online.target
Before=slurmdbd.service

[Service]
Type=oneshot
WorkingDirectory=/
Environment=PATH=/opt/slurm/bin:/opt/slurm/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
Nice=10
IOSchedulingClass=idle
TimeoutStartSec=1800
TimeoutStopSec=300
$(bash "$folder/service_limits.sh")
ReadWritePaths=/var/lib/hyperpod_constructs -/var/lib/prometheus
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
# For slurmdbd.conf, which is the file of Slurm alone.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
END
}
readonly run="/usr/bin/python3 -I -B -c 'import sys; sys.path.insert(0, \"$programs\"); import backup_accounting; backup_accounting.main()'"

# The folder of these scripts does not outlive a reboot.
mkdir --parents "$root$programs" "$units"
install --mode 0644 --target-directory "$root$programs" "$folder"/{backup_accounting,accounting_dump}.py \
    "$folder"/{accounting_store,local_database,command,node_files,lifecycle_error}.py
# None of these values has a quotation mark.
printf '{"bucket": "%s", "prefix": "%s", "region": "%s", "database": "%s", "cluster": "%s"}\n' \
    "$bucket" "$prefix" "$region" "$database" "$cluster" | write "$root$programs/place.json"
{
    service "Writes Slurm accounting to S3"
    echo "ExecStart=$run"
} | write "$units/$name.service"
{
    service "Writes Slurm accounting to S3 when this node stops"
    printf '%s\n' RemainAfterExit=yes ExecStart=/bin/true "ExecStop=$run" '' '[Install]' \
        WantedBy=multi-user.target
} | write "$units/$name-at-stop.service"
write "$units/$name.timer" << END
[Unit]
Description=Looks for changes of Slurm accounting

[Timer]
OnActiveSec=1s
OnUnitInactiveSec=${minutes}min

[Install]
WantedBy=multi-user.target
END
# A new start would be a stop first.
SYSTEMCTL_SKIP_SYSV=1 systemctl enable "$name.timer" "$name-at-stop.service"
systemctl start "$name-at-stop.service"
systemctl restart "$name.timer"
