#!/bin/bash
# Refuses connections of users and containers to the instance metadata service, until the next boot.
set -euo pipefail

readonly users=1001-4294967294

refuse() {
    "$1" --wait --check "${@:2}" 2> /dev/null || "$1" --wait --insert "${@:2}"
}

refuse_at() {
    refuse "$1" OUTPUT --destination "$2" --match owner --uid-owner "$users" --jump REJECT
    refuse "$1" FORWARD --destination "$2" --jump REJECT
}

refuse_at iptables 169.254.169.254
# A kernel without IPv6 has no such address either.
if ip6tables --wait --list-rules > /dev/null 2>&1; then
    refuse_at ip6tables fd00:ec2::254
fi
