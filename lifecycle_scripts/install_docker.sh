#!/bin/bash
# Sees to Docker and where it keeps its data. Argument: folder of the disk for that, if one is wished.
# Needs the internet where Docker (download.docker.com) or, with GPUs, NVIDIA's toolkit
# (nvidia.github.io) is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly containerd=$root/etc/containerd/config.toml
# https://docs.docker.com/engine/install/ubuntu/
readonly docker_key=9DC858229FC7DD38854AE2D88D81803C0EBFCD88
# https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html
readonly nvidia_key=C95B321B61E88C1809C4F759DDCAE044F796ECB0

# Arguments: file, whose it is, fingerprint. The file has this key and no other one.
require_key() {
    local found
    found=$(
        gpg --batch --no-options --show-keys --with-colons "$1" \
            | awk -F : '$1 == "pub" { is_next = 1 } $1 == "fpr" && is_next { print $10; is_next = 0 }'
    )
    if [[ $found != "$3" ]]; then
        rm "$1"
        echo "the key of $2 has the fingerprint ${found//$'\n'/, }, not $3" >&2
        exit 1
    fi
}

# Arguments: name, host, address of the key, fingerprint, lines of sources without `deb`.
add_source() {
    local keyring=$root/etc/apt/keyrings/$1.asc
    bash "$folder/install_packages.sh" ca-certificates curl gpg
    bash "$folder/fetch.sh" "$3" "$keyring.fetched"
    require_key "$keyring.fetched" "$2" "$4"
    mv "$keyring.fetched" "$keyring"
    mkdir --parents "$root/etc/apt/sources.list.d"
    echo "deb [signed-by=$keyring] $5" > "$root/etc/apt/sources.list.d/$1.list"
}

install_from_docker() {
    local distribution codename
    # shellcheck source=/dev/null
    distribution=$(. "$root/etc/os-release" && echo "$ID")
    # shellcheck source=/dev/null
    codename=$(. "$root/etc/os-release" && echo "$VERSION_CODENAME")
    add_source docker download.docker.com "https://download.docker.com/linux/$distribution/gpg" \
        "$docker_key" "https://download.docker.com/linux/$distribution $codename stable"
    bash "$folder/install_packages.sh" docker-ce docker-ce-cli containerd.io
}

install_toolkit_of_nvidia() {
    local base=https://nvidia.github.io/libnvidia-container
    add_source nvidia-container-toolkit nvidia.github.io "$base/gpgkey" "$nvidia_key" \
        "$base/stable/deb/$(dpkg --print-architecture) /"
    bash "$folder/install_packages.sh" nvidia-container-toolkit
}

if ! command -v docker > /dev/null; then
    install_from_docker
fi

# `docker run --gpus` and the exporter of GPUs need it.
if [[ -e $root/dev/nvidia0 ]] && ! command -v nvidia-ctk > /dev/null; then
    install_toolkit_of_nvidia
fi

data_root=$(bash "$folder/choose_data_root.sh" "${1:-}")
if [[ -z $data_root ]]; then
    echo "There is no disk but the root disk, so Docker keeps its data there."
    data=/var/lib/docker
else
    data=$data_root/docker
    python3 "$folder/make_data_folder.py" "$data" 0711
    python3 "$folder/set_docker_data_root.py" "$data"
    python3 "$folder/make_data_folder.py" "$data_root/containerd" 0711
    # Docker 29 and later keeps images there.
    before=$(cat "$containerd" 2> /dev/null || true)
    python3 "$folder/set_containerd_root.py" "$data_root/containerd"
    if [[ $(< "$containerd") != "$before" ]] && systemctl is-active --quiet containerd; then
        systemctl restart containerd
    fi
fi
if command -v nvidia-ctk > /dev/null; then
    nvidia-ctk runtime configure --runtime=docker --config="$root/etc/docker/daemon.json"
fi
# A new start ends all containers.
if [[ $(docker info --format '{{.DockerRootDir}}' 2> /dev/null) != "$data" ]]; then
    bash "$folder/start_service.sh" docker
fi
