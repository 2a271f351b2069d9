#!/bin/bash
# Mounts a shared file system, now and at every boot. Arguments: type, source, mount point, options.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
# What root of another node has left on a shared file system has no rights of root here.
readonly type=$1 source=$2 mount_point=${HYPERPOD_NODE_ROOT:-}$3 options=$4,nosuid,nodev
readonly fstab=${HYPERPOD_NODE_ROOT:-}/etc/fstab
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

fail() {
    echo "$1" >&2
    exit 1
}

mounted_source() {
    findmnt --noheadings --types noautofs --output SOURCE --mountpoint "$mount_point"
}

# The kernel lists NFS by the name of its server, and Lustre by the address.
is_source() {
    local host=${source%%[@:]*}
    [[ $1 == "$source" ]] ||
        getent ahostsv4 "$host" | awk -v path="${source#"$host"}" '{ print $1 path }' |
        grep --line-regexp --fixed-strings -- "$1" > /dev/null
}

mount_patiently() {
    local error
    until error=$(mount --types "$type" --options "$options" "$source" "$mount_point" 2>&1); do
        error="$source cannot be mounted at $mount_point: ${error//$'\n'/ }"
        if ((SECONDS >= limit)); then
            fail "$error (tried for $limit s)"
        fi
        echo "$error"
        sleep 5
    done
}

# An automount, unlike a mount, is tried again when the server was not there at boot.
mount_at_boot() {
    local boot=_netdev,x-systemd.automount,x-systemd.requires=network-online.target other_lines
    other_lines=$(awk -v mount_point="$mount_point" '$1 ~ /^#/ || $2 != mount_point' "$fstab")
    printf '%s\n' ${other_lines:+"$other_lines"} \
        "$source $mount_point $type $options,$boot 0 0" > "$fstab"
}

mkdir --parents "$mount_point"
# Since the last boot an automount may be waiting for an access.
stat "$mount_point/." > /dev/null
if occupant=$(mounted_source); then
    if ! is_source "$occupant"; then
        fail "$mount_point is taken by $occupant, so $source cannot be mounted there"
    fi
else
    mount_patiently
fi
python3 "$folder/check_writing.py" "$3"
mount_at_boot
