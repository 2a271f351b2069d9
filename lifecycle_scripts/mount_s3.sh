#!/bin/bash
# Mounts a bucket, now and at every boot.
# Arguments: bucket, mount point, prefix or nothing, read-only or read-write, region or nothing.
# Needs the internet (s3.amazonaws.com) where mount-s3 is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/mountpoint-installation.html
readonly keys_of_mountpoint=(
    8AEFE705EBE329C0948C75A66F1C3B3AEF4B030B
    673FE4061506BB469A0EF857BE397A52B086DA5A
)
readonly releases=https://s3.amazonaws.com/mountpoint-s3-release
readonly bucket=$1 mount_point=$root$2 prefix=$3 access=$4 region=$5

install_from_aws() {
    local architecture package=$root/var/cache/mount-s3/mount-s3.deb
    case $(uname --machine) in
        x86_64) architecture=x86_64 ;;
        aarch64) architecture=arm64 ;;
        *)
            echo "Mountpoint for Amazon S3 is not made for $(uname --machine)" >&2
            exit 1
            ;;
    esac
    local address=$releases/latest/$architecture/mount-s3.deb
    bash "$folder/install_packages.sh" ca-certificates curl gpg
    bash "$folder/fetch.sh" "$address" "$package"
    if [[ -z $(bash "$folder/known_digest.sh" "$address") ]]; then
        bash "$folder/require_signature.sh" "$package" "$address.asc" "$releases/public_keys/KEYS" \
            "${keys_of_mountpoint[@]}"
    fi
    bash "$folder/install_packages.sh" "$package"
}

if ! command -v mount-s3 > /dev/null; then
    install_from_aws
fi

options=(--allow-other)
if [[ $access == read-only ]]; then
    options+=(--read-only)
fi
if [[ -n $prefix ]]; then
    options+=(--prefix "\"${prefix%/}/\"")
fi
if [[ -n $region ]]; then
    options+=(--region "$region")
fi
service=$(systemd-escape --path "$mount_point").mount-s3.service
readonly service
readonly unit=$root/etc/systemd/system/$service
content="[Unit]
Description=Mountpoint for Amazon S3: $bucket at $mount_point
Wants=network-online.target
After=network-online.target
RequiresMountsFor=$(dirname "$mount_point")

[Service]
Type=forking
ExecStartPre=-/bin/umount --lazy $mount_point
ExecStart=$(command -v mount-s3) $bucket $mount_point ${options[*]}
ExecStop=/bin/umount $mount_point
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target"

python3 "$folder/make_mount_point.py" "$2"
mkdir --parents "$(dirname "$unit")"
if [[ -f $unit && $(< "$unit") == "$content" ]] && systemctl is-active --quiet "$service"; then
    exit 0
fi
# Stopped first: a run that is killed after the next line finds a service to start.
if [[ -f $unit ]]; then
    systemctl stop "$service"
fi
echo "$content" > "$unit.new"
mv "$unit.new" "$unit"
systemctl daemon-reload
exec bash "$folder/start_service.sh" "$service"
