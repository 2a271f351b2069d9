#!/bin/bash
# Keeps apt from replacing what belongs to the kernel of this node: the client of Lustre, and the driver
# of NVIDIA. `apt-mark unhold` allows it again.
set -euo pipefail

readonly limit=$((${HYPERPOD_WAIT_SECONDS:-600} < 60 ? ${HYPERPOD_WAIT_SECONDS:-600} : 60))

# Without the tools for containers, which run with each driver.
installed=$(dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n' 'lustre-client*' 'nvidia-*' \
    'libnvidia-*' 'cuda-drivers*' 2> /dev/null | awk '$1 ~ /^ii/ && $2 !~ /-container/ { print $2 }' || true)
mapfile -t packages <<< "$installed"
if [[ -z $installed ]]; then
    exit 0
fi
# Another apt may hold the lock.
until error=$(apt-mark hold "${packages[@]}" 2>&1); do
    if ((SECONDS >= limit)); then
        echo "Packages are not held: ${error//$'\n'/ }"
        exit 0
    fi
    sleep 5
done
echo "Held: ${packages[*]}"
