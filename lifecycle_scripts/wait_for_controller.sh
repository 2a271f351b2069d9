#!/bin/bash
# Waits a little until a controller listens. Arguments: the addresses of the controllers.
# A slurmd that finds none asks again only seconds later. Where slurmctld has another port, or comes
# much later, this gives up in silence, and slurmd is as patient as ever.
set -euo pipefail

readonly port=6817 attempts=50

for ((attempt = 0; attempt < attempts; attempt++)); do
    for address; do
        # shellcheck disable=SC2016 # the inner bash expands it
        if timeout 0.2 bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$address" "$port" 2> /dev/null; then
            exit 0
        fi
    done
    sleep 0.1
done
