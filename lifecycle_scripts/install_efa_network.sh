#!/bin/bash
# Has Lustre use EFA devices, now and after each boot. Arguments: as of efa_network.sh.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly program=/usr/local/lib/hyperpod_constructs/efa_network.sh
readonly units=$root/etc/systemd/system
readonly name=hyperpod-lustre-efa

bash "$folder/efa_network.sh" "$@"
mkdir --parents "$(dirname "$root$program")" "$units"
install --mode 0755 "$folder/efa_network.sh" "$root$program.new"
mv "$root$program.new" "$root$program"
cat > "$units/$name.service.new" << END
[Unit]
Description=Has Lustre use the EFA devices of this node
Wants=network-online.target remote-fs-pre.target
After=network-online.target
Before=remote-fs-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$program $*
TimeoutStartSec=60
$(bash "$folder/service_limits.sh")

[Install]
WantedBy=multi-user.target
END
mv "$units/$name.service.new" "$units/$name.service"
systemctl daemon-reload
systemctl --quiet enable "$name"
