#!/bin/bash
# Has systemd put the settings of configure_slurm.py back whenever HyperPod writes slurm.conf without
# them, and before slurmctld starts: Slurm waits a minute for an included file that is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly programs=/usr/local/lib/hyperpod_constructs/slurm_settings
readonly units=$root/etc/systemd/system
readonly name=hyperpod-slurm-settings

write() {
    mkdir --parents "$(dirname "$1")"
    cat > "$1.new"
    mv "$1.new" "$1"
}

# The folder of these scripts does not outlive a reboot.
for file in restore_slurm_settings.py configure_slurm.py slurm_conf.py command.py node_files.py \
    lifecycle_error.py topology.py; do
    write "$root$programs/$file" < "$folder/$file"
done
write "$units/$name.service" << END
[Unit]
Description=Keeps the settings of the lifecycle scripts in slurm.conf
StartLimitIntervalSec=0

[Service]
Type=oneshot
Environment=PATH=/opt/slurm/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/usr/bin/python3 -I -B -c 'import sys; sys.path.insert(0, "$programs"); import restore_slurm_settings; restore_slurm_settings.main()'
TimeoutStartSec=120
NoNewPrivileges=yes
PrivateTmp=yes
UMask=0022
END
write "$units/$name.path" << END
[Unit]
Description=Watches slurm.conf, and what it includes
After=local-fs.target remote-fs.target

[Path]
PathChanged=/opt/slurm/etc/slurm.conf
PathChanged=/opt/slurm/etc/hyperpod_constructs.conf
PathChanged=/opt/slurm/etc/topology.conf
PathChanged=/opt/slurm/etc/topology.yaml

[Install]
WantedBy=multi-user.target
END
write "$units/slurmctld.service.d/settings.conf" << END
[Unit]
Wants=$name.service
After=$name.service
END
exec bash "$folder/start_service.sh" "$name.path"
