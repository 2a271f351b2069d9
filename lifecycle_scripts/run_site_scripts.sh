#!/bin/bash
# Runs the scripts of the folder `site` in the order of their names. Arguments: node type, group.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly folder
export HYPERPOD_NODE_TYPE=$1 HYPERPOD_INSTANCE_GROUP=$2
LC_COLLATE=C
shopt -s nullglob

for script in "$folder"/site/*.sh; do
    echo "Site script: ${script##*/}"
    status=0
    bash "$script" || status=$?
    if ((status != 0)); then
        echo "site/${script##*/} ended with status $status; its own words stand above" >&2
        exit 1
    fi
done
