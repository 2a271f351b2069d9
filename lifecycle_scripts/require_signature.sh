#!/bin/bash
# Removes a file unless one of the keys has signed it. Arguments: file, address of its signature,
# address of public keys, fingerprints of the keys.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly file=$1 signature=$1.asc
readonly address=$2 keys=$3
shift 3

home=$(mktemp --directory)
readonly home
trap 'rm -rf "$home"' EXIT
readonly options=(--batch --no-options --no-autostart --homedir "$home")

bash "$folder/fetch.sh" "$address" "$signature"
bash "$folder/fetch.sh" "$keys" "$home/keys"
gpg "${options[@]}" --quiet --import "$home/keys"
# The last field is the fingerprint of the primary key, also where a subkey signs.
signer=$(
    gpg "${options[@]}" --status-fd 1 --verify "$signature" "$file" 2> "$home/errors" \
        | awk '$2 == "VALIDSIG" { print $NF }'
) || signer=""
for key in "$@"; do
    if [[ $signer == "$key" ]]; then
        exit 0
    fi
done
rm "$file"
cat "$home/errors"
echo "${file##*/} has no signature of ${*}${signer:+, but one of $signer}" >&2
exit 1
