#!/bin/bash
# Puts prolog.d and epilog.d of this folder where Slurm runs them, and nothing else there.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly folder
readonly scripts=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/scripts
shopt -s nullglob

for kind in prolog.d epilog.d; do
    mkdir --parents "$scripts/$kind"
    for file in "$folder/$kind"/*; do
        # Slurm ignores a hidden file, so it never runs half a script. S3 keeps no file modes.
        new=$scripts/$kind/.new.$HOSTNAME
        install --mode 0755 "$file" "$new"
        mv --force "$new" "$scripts/$kind/${file##*/}"
    done
    for file in "$scripts/$kind"/*; do
        if [[ ! -e $folder/$kind/${file##*/} ]]; then
            rm --force "$file"
        fi
    done
done
