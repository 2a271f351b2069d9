#!/bin/bash
# Prints the SHA-256 of a download: that of its line in SHA256SUMS, the file beside this one.
# Argument: address, or name of an image. Without the file, nothing is known; with it, a download that
# it does not have is an error.
set -euo pipefail

readonly address=$1
list=$(dirname "${BASH_SOURCE[0]}")/SHA256SUMS
readonly list

if [[ ! -e $list ]]; then
    exit 0
fi
while read -r digest name rest; do
    if [[ $name == "$address" && -z $rest && $digest =~ ^[0-9a-f]{64}$ ]]; then
        echo "$digest"
        exit 0
    fi
done < <(cat "$list" <(echo))
echo "$address is not in SHA256SUMS: add a line with its SHA-256 and this address" >&2
exit 1
