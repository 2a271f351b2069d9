#!/bin/bash
# Sees to Enroot and where it keeps its data. Argument: folder of the disk for that, if one is wished.
# Needs the internet (github.com) only where Enroot is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly config=${HYPERPOD_NODE_ROOT:-}/etc/enroot/enroot.conf
readonly chooser=${HYPERPOD_NODE_ROOT:-}/usr/local/lib/hyperpod_constructs/enroot_folder.sh
readonly version=3.5.0

install_from_nvidia() {
    local architecture package packages=()
    architecture=$(dpkg --print-architecture)
    bash "$folder/install_packages.sh" ca-certificates curl
    for package in enroot enroot+caps; do
        packages+=("${HYPERPOD_NODE_ROOT:-}/var/cache/enroot/${package}_$version-1_$architecture.deb")
        bash "$folder/fetch.sh" \
            "https://github.com/NVIDIA/enroot/releases/download/v$version/${packages[-1]##*/}" \
            "${packages[-1]}"
    done
    # Enroot recommends these: images are started without a copy, and GPUs are given to containers.
    bash "$folder/install_packages.sh" "${packages[@]}" fuse-overlayfs pigz squashfuse
}

# Arguments: name, value. Sets an option that the file does not have.
set_default() {
    if ! grep --quiet --extended-regexp "^[[:space:]]*$1[[:space:]]" "$config"; then
        printf '%s %s\n' "$1" "$2" >> "$config"
    fi
}

if ! command -v enroot > /dev/null; then
    install_from_nvidia
fi

mkdir --parents "$(dirname "$config")" "$(dirname "$chooser")"
if [[ ! -e $config ]]; then
    touch "$config"
fi
# As in AWS's scripts: containers can be changed, images are made quickly, and homes are not mounted.
set_default ENROOT_ROOTFS_WRITABLE yes
set_default ENROOT_MOUNT_HOME no
set_default ENROOT_SQUASH_OPTIONS '-comp lzo -noI -noD -noF -noX -no-duplicates'

data_root=$(bash "$folder/choose_data_root.sh" "${1:-}")
if [[ -z $data_root ]]; then
    echo "There is no disk but the root disk, so Enroot keeps its data where it did."
    exit 0
fi
python3 "$folder/make_data_folder.py" "$data_root/enroot" 0755
install --mode 0755 "$folder/enroot_folder.sh" "$chooser.new"
mv "$chooser.new" "$chooser"
{
    grep --invert-match --extended-regexp '^[[:space:]]*ENROOT_(RUNTIME|CACHE|DATA|TEMP)_PATH[[:space:]]' \
        "$config" || true
    for kind in RUNTIME CACHE DATA; do
        # shellcheck disable=SC2016 # Enroot runs this as the user.
        printf 'ENROOT_%s_PATH $(%s %s)/%s\n' "$kind" "$chooser" "$data_root/enroot" "${kind,,}"
    done
    printf 'ENROOT_TEMP_PATH %s\n' "$data_root/enroot"
} > "$config.new"
mv "$config.new" "$config"
