#!/bin/bash
# Arguments: as of register_again.sh.
# Has systemd look every half minute whether Slurm waits for this node, which runs: nodes of HyperPod are
# `State=CLOUD`, and a slurmctld without saved state, as after a patch of the controller, takes them for
# powered down. It never asks such a node, but gives it jobs, which never start.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly program=/usr/local/lib/hyperpod_constructs/register_again.sh
readonly units=$root/etc/systemd/system
readonly name=hyperpod-slurmd-registration

mkdir --parents "$(dirname "$root$program")" "$units"
install --mode 0755 "$folder/register_again.sh" "$root$program.new"
mv "$root$program.new" "$root$program"
cat > "$units/$name.service.new" << END
[Unit]
Description=Registers this node with Slurm again where slurmctld has forgotten it

[Service]
Type=oneshot
ExecStart=$program $*
TimeoutStartSec=60
$(bash "$folder/service_limits.sh")
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
CapabilityBoundingSet=
END
mv "$units/$name.service.new" "$units/$name.service"
cat > "$units/$name.timer.new" << END
[Unit]
Description=Looks whether slurmctld has forgotten this node

[Timer]
OnActiveSec=30
OnUnitInactiveSec=30
RandomizedDelaySec=5
END
mv "$units/$name.timer.new" "$units/$name.timer"
# slurmd starts the timer.
mkdir --parents "$units/slurmd.service.d"
printf '[Unit]\nWants=%s.timer\n' "$name" > "$units/slurmd.service.d/registration.conf.new"
mv "$units/slurmd.service.d/registration.conf.new" "$units/slurmd.service.d/registration.conf"
