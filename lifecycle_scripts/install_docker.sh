#!/bin/bash
# Sees to Docker and where it keeps its data. Argument: folder of the disk for that, if one is wished.
# Needs the internet (download.docker.com) only where Docker is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}

install_from_docker() {
    local distribution codename keyring=$root/etc/apt/keyrings/docker.asc
    # shellcheck source=/dev/null
    distribution=$(. "$root/etc/os-release" && echo "$ID")
    # shellcheck source=/dev/null
    codename=$(. "$root/etc/os-release" && echo "$VERSION_CODENAME")
    bash "$folder/install_packages.sh" ca-certificates curl
    bash "$folder/fetch.sh" "https://download.docker.com/linux/$distribution/gpg" "$keyring"
    mkdir --parents "$root/etc/apt/sources.list.d"
    echo "deb [signed-by=$keyring] https://download.docker.com/linux/$distribution $codename stable" \
        > "$root/etc/apt/sources.list.d/docker.list"
    bash "$folder/install_packages.sh" docker-ce docker-ce-cli containerd.io
}

if ! command -v docker > /dev/null; then
    install_from_docker
fi

data_root=$(bash "$folder/choose_data_root.sh" "${1:-}")
if [[ -z $data_root ]]; then
    echo "There is no disk but the root disk, so Docker keeps its data there."
    data=/var/lib/docker
else
    data=$data_root/docker
    mkdir --parents "$data"
    python3 "$folder/set_docker_data_root.py" "$data"
fi
if command -v nvidia-ctk > /dev/null; then
    nvidia-ctk runtime configure --runtime=docker --config="$root/etc/docker/daemon.json"
fi
# A new start ends all containers.
if [[ $(docker info --format '{{.DockerRootDir}}' 2> /dev/null) != "$data" ]]; then
    bash "$folder/start_service.sh" docker
fi
