#!/bin/bash
# Mounts FSx for Lustre at /fsx. Arguments: DNS name, mount name.
set -euo pipefail

# Where the kernel has no Lustre client, trying again would not help.
modprobe lustre

exec bash "$(dirname "${BASH_SOURCE[0]}")/mount_file_system.sh" lustre "$1@tcp:/$2" /fsx noatime,flock
