#!/bin/bash
# Argument: `running` if slurmctld is not started after this.
# Has systemd put the settings of configure_slurm.py back whenever HyperPod writes slurm.conf without
# them, and before slurmctld starts: Slurm waits a minute for an included file that is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly programs=/usr/local/lib/hyperpod_constructs/slurm_settings
readonly units=$root/etc/systemd/system
readonly etc=/opt/slurm/etc
readonly name=hyperpod-slurm-settings

write() {
    cat > "$1.new"
    mv "$1.new" "$1"
}

# The folder of these scripts does not outlive a reboot.
mkdir --parents "$root$programs" "$units/slurmctld.service.d"
install --mode 0644 --target-directory "$root$programs" "$folder"/{restore_slurm_settings,topology}.py \
    "$folder"/{configure_slurm,slurm_conf,command,node_files,lifecycle_error}.py
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
PathChanged=$etc/slurm.conf
PathChanged=$etc/hyperpod_constructs.conf
PathChanged=$etc/topology.conf
PathChanged=$etc/topology.yaml
END
# At boot slurmctld starts the watch. What was lost while nothing watched is put back before slurmctld reads it.
write "$units/slurmctld.service.d/settings.conf" << END
[Unit]
Wants=$name.path

[Service]
ExecStartPre=-+/bin/bash -c '[[ -e $etc/hyperpod_constructs.conf ]] && grep --quiet --ignore-case "^include hyperpod_constructs.conf" $etc/slurm.conf || systemctl start $name.service'
END
# Otherwise the start of slurmctld, which follows, reads units anew and starts the watch.
if [[ ${1:-} == running ]]; then
    systemctl daemon-reload
    systemctl start "$name.path"
fi
