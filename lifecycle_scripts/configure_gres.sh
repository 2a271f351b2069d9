#!/bin/bash
# Lets Slurm find the GPUs by itself, where it is built with NVML and a node has some.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly gres=$root/opt/slurm/etc/gres.conf

has_nvml() {
    compgen -G "$root/opt/slurm/lib*/slurm/gpu_nvml.so" > /dev/null ||
        compgen -G "$root/usr/lib/*/slurm*/gpu_nvml.so" > /dev/null
}

if ! has_nvml; then
    echo "Slurm has no NVML plugin here, so gres.conf stays as it is."
elif [[ ! -f $gres ]] || ! grep --quiet --word-regexp --ignore-case gpu "$gres"; then
    echo "gres.conf names no GPU, so it stays as it is."
elif ! grep --quiet --ignore-case '^[[:space:]]*AutoDetect' "$gres"; then
    {
        echo "AutoDetect=nvml"
        cat "$gres"
    } > "$gres.new"
    chown --reference "$gres" "$gres.new"
    chmod --reference "$gres" "$gres.new"
    mv "$gres.new" "$gres"
fi
