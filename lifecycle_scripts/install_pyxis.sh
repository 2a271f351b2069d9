#!/bin/bash
# Sees to Pyxis, by which srun knows --container-image.
# Needs the internet (github.com) and a compiler only where Pyxis is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly version=0.24.0

if [[ -e $root/usr/local/lib/slurm/spank_pyxis.so ]]; then
    exit 0
fi
bash "$folder/install_packages.sh" ca-certificates curl gcc libc6-dev make
readonly source=$root/usr/local/src/pyxis-$version
bash "$folder/fetch.sh" \
    "https://github.com/NVIDIA/pyxis/archive/refs/tags/v$version.tar.gz" "$source.tar.gz"
rm --recursive --force "$source"
tar --extract --gzip --no-same-owner --file "$source.tar.gz" --directory "${source%/*}"
# On the command line it would replace the flags of the Makefile, which needs them to compile.
CPPFLAGS="-I$root/opt/slurm/include" make --directory "$source" install prefix=/usr/local DESTDIR="$root"
