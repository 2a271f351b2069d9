#!/bin/bash
# Prints the folder of the user who runs Enroot, below the given folder. A folder that belongs to
# another user, or that others can write, is skipped, since other users could replace its images.
set -euo pipefail

uid=$(id -u)
readonly base=$1 uid

is_own() {
    [[ -d $1 && ! -L $1 && $(stat --format '%u %a' "$1") == "$uid 700" ]]
}

for name in "user-$uid" "user-$uid."{1..9}; do
    # The folder can exist; is_own decides whether it is used.
    mkdir --mode 0700 "$base/$name" 2> /dev/null || true
    if is_own "$base/$name"; then
        echo "$base/$name"
        exit 0
    fi
done
echo "There is no folder of the user $uid in $base" >&2
echo /nonexistent
