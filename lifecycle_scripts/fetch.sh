#!/bin/bash
# Fetches a file from the internet, by https alone. Arguments: address, file. If the SHA-256 is known,
# another content is an error.
set -euo pipefail

readonly address=$1 file=$2
digest=$(bash "$(dirname "${BASH_SOURCE[0]}")/known_digest.sh" "$address")
readonly digest
readonly limit=${HYPERPOD_WAIT_SECONDS:-600}

mkdir --parents "$(dirname "$file")"
readonly options=(
    --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --tlsv1.2
    --connect-timeout 30 --max-time "$((limit > 30 ? limit : 30))"
)
until error=$(curl "${options[@]}" --output "$file.new" "$address" 2>&1); do
    if ((SECONDS >= limit)); then
        echo "$address cannot be fetched (tried for $limit s): ${error//$'\n'/ }" >&2
        exit 1
    fi
    sleep 5
done
if [[ -n $digest && $(sha256sum < "$file.new") != "$digest  -" ]]; then
    rm "$file.new"
    echo "$address does not have the SHA-256 $digest" >&2
    exit 1
fi
mv "$file.new" "$file"
