#!/bin/bash
# Mounts FSx for OpenZFS at /home. Argument: DNS name.
set -euo pipefail

exec bash "$(dirname "${BASH_SOURCE[0]}")/mount_file_system.sh" \
    nfs "$1:/fsx" /home noatime,nfsvers=4.2,nconnect=16
