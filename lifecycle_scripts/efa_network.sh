#!/bin/bash
# Adds EFA devices to the network of Lustre, which prefers them to TCP.
# Arguments: address of this node, devices.
set -euo pipefail

readonly address=$1
shift

has() {
    lnetctl net show --net "$1" 2> /dev/null | grep --word-regexp --fixed-strings -- "$2" > /dev/null
}

leave_tcp() {
    lnetctl net del --net efa 2> /dev/null || true
}

trap leave_tcp ERR
interface=$(ip -oneline -4 address show to "$address" | awk 'NR == 1 { print $2 }')
[[ -n $interface ]]
modprobe lnet
modprobe kefalnd "ipif_name=$interface"
modprobe ksocklnd
lnetctl lnet configure
if ! has tcp "$interface"; then
    lnetctl net add --net tcp --if "$interface"
fi
for device; do
    if ! has efa "$device"; then
        lnetctl net add --net efa --if "$device" --peer-credits 32
    fi
done
lnetctl set discovery 1
if ! lnetctl udsp show | grep "src: efa" > /dev/null; then
    lnetctl udsp add --src efa --priority 0
fi
