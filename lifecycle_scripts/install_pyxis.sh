#!/bin/bash
# Sees to Pyxis, by which srun knows --container-image.
# Needs the internet (github.com) and a compiler only where Pyxis is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly version=0.24.0
# Of the archive without its compression, which GitHub may change.
readonly digest=b406327c172809248d6015a4c514a1ab7974a6a132b5e70b191d6ac5ab2523d0

if [[ -e $root/usr/local/lib/slurm/spank_pyxis.so ]]; then
    exit 0
fi
bash "$folder/install_packages.sh" ca-certificates curl gcc libc6-dev make
readonly source=$root/usr/local/src/pyxis-$version
bash "$folder/fetch.sh" \
    "https://github.com/NVIDIA/pyxis/archive/refs/tags/v$version.tar.gz" "$source.tar.gz"
if [[ $(gzip --decompress --stdout "$source.tar.gz" | sha256sum) != "$digest  -" ]]; then
    rm "$source.tar.gz"
    echo "the source of Pyxis $version does not have the SHA-256 $digest" >&2
    exit 1
fi
rm --recursive --force "$source"
tar --extract --gzip --no-same-owner --file "$source.tar.gz" --directory "${source%/*}"
# On the command line it would replace the flags of the Makefile, which needs them to compile.
CPPFLAGS="-I$root/opt/slurm/include" make --directory "$source" install prefix=/usr/local DESTDIR="$root"
