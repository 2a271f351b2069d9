#!/bin/bash
# Sees to Docker and where it keeps its data. Argument: folder of the disk for that, if one is wished.
# Needs the internet (download.docker.com) only where Docker is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
# https://docs.docker.com/engine/install/ubuntu/
readonly fingerprint=9DC858229FC7DD38854AE2D88D81803C0EBFCD88

# The file has this key and no other one.
require_key_of_docker() {
    local found
    found=$(
        gpg --batch --no-options --show-keys --with-colons "$1" \
            | awk -F : '$1 == "pub" { is_next = 1 } $1 == "fpr" && is_next { print $10; is_next = 0 }'
    )
    if [[ $found != "$fingerprint" ]]; then
        rm "$1"
        echo "the key of download.docker.com has the fingerprint ${found//$'\n'/, }, not" \
            "$fingerprint" >&2
        exit 1
    fi
}

install_from_docker() {
    local distribution codename keyring=$root/etc/apt/keyrings/docker.asc
    # shellcheck source=/dev/null
    distribution=$(. "$root/etc/os-release" && echo "$ID")
    # shellcheck source=/dev/null
    codename=$(. "$root/etc/os-release" && echo "$VERSION_CODENAME")
    bash "$folder/install_packages.sh" ca-certificates curl gpg
    bash "$folder/fetch.sh" "https://download.docker.com/linux/$distribution/gpg" "$keyring.fetched"
    require_key_of_docker "$keyring.fetched"
    mv "$keyring.fetched" "$keyring"
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
    python3 "$folder/make_data_folder.py" "$data" 0711
    python3 "$folder/set_docker_data_root.py" "$data"
fi
if command -v nvidia-ctk > /dev/null; then
    nvidia-ctk runtime configure --runtime=docker --config="$root/etc/docker/daemon.json"
fi
# A new start ends all containers.
if [[ $(docker info --format '{{.DockerRootDir}}' 2> /dev/null) != "$data" ]]; then
    bash "$folder/start_service.sh" docker
fi
