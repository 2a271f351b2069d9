#!/bin/bash
# Mounts FSx for Lustre at /fsx. Arguments: DNS name, mount name.
set -euo pipefail

# Where the kernel has no Lustre client, trying again would not help.
modprobe lustre

bash "$(dirname "${BASH_SOURCE[0]}")/mount_file_system.sh" lustre "$1@tcp:/$2" /fsx noatime,flock
# A kernel that has an EFA network of Lustre uses it for this file system by itself.
if [[ -e ${HYPERPOD_NODE_ROOT:-}/opt/amazon/efa/bin/fi_info ]]; then
    networks=$(lnetctl net show 2> /dev/null | grep --count 'net type: efa' || true)
    if ((networks == 0)); then
        echo "This node has EFA, and Lustre uses TCP: its client has no EFA network. A script in site can" \
            "run the set-up of Amazon FSx for Lustre, if the file system supports EFA."
    fi
fi
