#!/bin/bash
# Keeps the data of containerd and kubelet on the additional EBS volume of the node, if it has one, since
# images and the logs of pods fill the root volume. HyperPod runs it before the node joins the cluster.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly volume=/opt/sagemaker
readonly log=$root/var/log/provision/provisioning.log

mkdir --parents "$(dirname "$log")"

record() {
    printf '%s\n' "$*" | tee --append "$log"
}

# HyperPod can mount the volume a little later than it runs the script.
is_mounted() {
    local attempt
    for attempt in {1..12}; do
        if findmnt --mountpoint "$root$volume" > /dev/null; then
            return 0
        fi
        ((attempt == 12)) || sleep 5
    done
    return 1
}

# A bind mount, since the configuration of containerd is in other files in other AMIs.
move() {
    local service=$1 data=$root$2 target=$root$volume/$1
    if findmnt --mountpoint "$data" > /dev/null || [[ -L $data ]]; then
        record "$2 is already on another volume"
        return
    fi
    local runs=false
    if systemctl is-active --quiet "$service"; then
        runs=true
        systemctl stop "$service"
    fi
    mkdir --parents "$data" "$target"
    cp --archive --no-clobber "$data/." "$target/"
    printf '%s %s none bind,nofail,x-systemd.requires-mounts-for=%s 0 0\n' \
        "$target" "$data" "$root$volume" >> "$root/etc/fstab"
    mount --bind "$target" "$data"
    if $runs; then
        systemctl start "$service"
    fi
    record "moved $2 to $volume/$service"
}

if is_mounted; then
    move containerd /var/lib/containerd
    move kubelet /var/lib/kubelet
else
    record "the node has no additional volume: containerd and kubelet use the root volume"
fi
