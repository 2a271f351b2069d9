#!/bin/bash
# Keeps what slurmctld knows of this node: that it runs, its features, and that a login node runs no jobs.
# Arguments: `reserve` for a node that runs no jobs or `use`, features.
# Jobs outlive a new start of slurmd.
set -euo pipefail

readonly PATH=/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin
readonly use=$1
features=("${@:2}")
name=$(hostname --short)
readonly features name

value_of() {
    sed --quiet "s/^ *$1=//p" <<< "$node" | grep --invert-match --line-regexp --fixed-strings '(null)' || true
}

# Those that are there, and ours.
with_features() {
    local list=$1 feature
    for feature in "${features[@]}"; do
        if [[ ,$list, != *",$feature,"* ]]; then
            list+=${list:+,}$feature
        fi
    done
    echo "$list"
}

if ! systemctl is-active --quiet slurmd || ! node=$(scontrol show node "$name" 2> /dev/null); then
    exit 0
fi
if grep --quiet --word-regexp POWERED_DOWN <<< "$node"; then
    echo "slurmctld takes this node for powered down; slurmd starts again and registers"
    systemctl restart slurmd
    exit 0
fi
available=$(value_of AvailableFeatures)
active=$(value_of ActiveFeatures)
if [[ $(with_features "$available") != "$available" || $(with_features "$active") != "$active" ]]; then
    scontrol update "NodeName=$name" "AvailableFeatures=$(with_features "$available")" \
        "ActiveFeatures=$(with_features "$active")"
fi
if [[ $use == reserve ]] && ! scontrol show reservation "login_$name" > /dev/null 2>&1; then
    scontrol create reservation "ReservationName=login_$name" StartTime=now Duration=UNLIMITED \
        "Nodes=$name" Users=root Flags=IGNORE_JOBS
fi
