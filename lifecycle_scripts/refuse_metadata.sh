#!/bin/bash
# Refuses connections of users and containers to the instance metadata service, until the next boot.
set -euo pipefail

readonly users=1001-4294967294

add() {
    local command=$1 table=$2
    "$command" --wait --table "$table" --check "${@:3}" 2> /dev/null \
        || "$command" --wait --table "$table" --insert "${@:3}"
}

# Packets of containers come before the rules that Docker inserts at the begin of FORWARD.
refuse_at() {
    add "$1" filter OUTPUT --destination "$2" --match owner --uid-owner "$users" --jump REJECT
    add "$1" mangle PREROUTING --destination "$2" --jump DROP
}

refuse_at iptables 169.254.169.254
# A kernel without IPv6 has no such address either.
if ip6tables --wait --list-rules > /dev/null 2>&1; then
    refuse_at ip6tables fd00:ec2::254
fi
