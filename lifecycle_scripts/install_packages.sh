#!/bin/bash
# Installs packages of the Linux distribution that are missing. Arguments: their names, or files.
# Needs the internet, or a mirror that apt knows, when one is missing.
set -euo pipefail

readonly limit=${HYPERPOD_WAIT_SECONDS:-600}
export DEBIAN_FRONTEND=noninteractive

is_installed() {
    [[ $(dpkg-query --show --showformat '${Status}' "$1" 2> /dev/null) == "install ok installed" ]]
}

# What a killed run has left half-installed would stop every later one.
install() {
    dpkg --configure --pending &&
        apt-get --quiet -o DPkg::Lock::Timeout="$limit" update &&
        apt-get --quiet -o DPkg::Lock::Timeout="$limit" --yes --no-install-recommends install "$@"
}

missing=()
for package in "$@"; do
    if ! is_installed "$package"; then
        missing+=("$package")
    fi
done
if ((${#missing[@]} == 0)); then
    exit 0
fi

until output=$(install "${missing[@]}" 2>&1); do
    echo "$output"
    if ((SECONDS >= limit)); then
        reason=$(grep '^E: ' <<< "$output" | tail -n 1 || true)
        echo "${missing[*]} could not be installed (tried for $limit s): ${reason:-see above}" >&2
        exit 1
    fi
    sleep 5
done
echo "$output"
