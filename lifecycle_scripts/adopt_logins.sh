#!/bin/bash
# Lets users log in where they have a job, and makes the login a part of the job.
# Root, the system and `ubuntu` (ids up to 1000) log in anywhere.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly service=$root/etc/pam.d/sshd
readonly mark='# Written by the lifecycle scripts: users need a job on this node.'
readonly end='# End of what the lifecycle scripts wrote.'
export DEBIAN_FRONTEND=noninteractive

find_module() {
    local folder
    for folder in "$root"{/opt/slurm,/usr,}/lib{,64}{,/*-linux-gnu}/security; do
        if [[ -e $folder/pam_slurm_adopt.so ]]; then
            echo "${folder#"$root"}/pam_slurm_adopt.so"
            return
        fi
    done
    echo "pam_slurm_adopt.so, of the version of Slurm of this node, is missing in the AMI: install" \
        "it there, or turn off pam_slurm_adopt" >&2
    exit 1
}

if [[ ! -e $service ]]; then
    echo "$service is missing, so sshd of this node does not use PAM: turn off pam_slurm_adopt" >&2
    exit 1
fi
module=$(find_module)
# It would move the login out of the job again.
pam-auth-update --package --remove systemd
rules() {
    cat << END
$mark
account [success=1 default=ignore] pam_succeed_if.so quiet uid <= 1000
account required $module action_no_jobs=deny
$end
END
}
# The profile of SSSD ends the common rules as soon as a user is in /etc/passwd, so these come first.
sed "/^$mark\$/,/^$end\$/d" "$service" | {
    is_done=
    while IFS= read -r line; do
        if [[ -z $is_done && $line =~ ^(-?account|@include[[:space:]]+common-account)([[:space:]]|$) ]]; then
            rules
            is_done=yes
        fi
        printf '%s\n' "$line"
    done
    if [[ -z $is_done ]]; then
        rules
    fi
} > "$service.new"
mv "$service.new" "$service"
