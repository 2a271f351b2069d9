#!/bin/bash
# Prints the folder of the user who runs Enroot, below the given folder. A folder that belongs to
# another user, or that others can write, is skipped, since other users could replace its images.
set -euo pipefail

uid=$(id -u)
readonly base=$1 uid

is_own() {
    [[ -d $1 && ! -L $1 && -O $1 && $(stat --format '%u %a' "$1") == "$uid 700" ]]
}

print_own() {
    local folder
    for folder in "$base/user-$uid" "$base/user-$uid".*; do
        if is_own "$folder"; then
            echo "$folder"
            exit 0
        fi
    done
}

# Users of a directory make their own, whose name another user may have taken.
mkdir --mode 0700 "$base/user-$uid" 2> /dev/null || true
print_own
mktemp --directory "$base/user-$uid.XXXXXXXXXX" > /dev/null || true
print_own
echo "There is no folder of the user $uid in $base" >&2
echo /nonexistent
