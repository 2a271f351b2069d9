#!/bin/bash
# Fetches a file from the internet. Arguments: address, file.
set -euo pipefail

readonly address=$1 file=$2
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

mkdir --parents "$(dirname "$file")"
until error=$(curl --fail --silent --show-error --location --output "$file.new" "$address" 2>&1); do
    if ((SECONDS >= limit)); then
        echo "$address cannot be fetched (tried for $limit s): ${error//$'\n'/ }" >&2
        exit 1
    fi
    sleep 5
done
mv "$file.new" "$file"
