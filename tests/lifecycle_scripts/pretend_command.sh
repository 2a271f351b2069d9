#!/bin/bash
# Stands in for every command that would change the machine: links to this file bear their names.
# It writes each call to $NOTES/calls and behaves as the other files in $NOTES say.
set -euo pipefail

readonly command=${0##*/}
echo "$command${*:+ $*}" >> "$NOTES/calls"

# Fails as often as the file has lines, and takes one off each time.
refuse_if_noted() {
    if [[ -s $NOTES/$1 ]]; then
        sed --in-place 1d "$NOTES/$1"
        echo "$2" >&2
        exit 1
    fi
}

case $command in
    hostname) cat "$NOTES/addresses" ;;
    getent) echo "10.2.0.5 STREAM $2" ;;
    mount)
        refuse_if_noted mount-refusals "mount: connection refused"
        source=${*: -2:1}
        if [[ $* == *"--types lustre"* ]]; then
            source=10.2.0.5@${source#*@}
        fi
        echo "${*: -1} $source" >> "$NOTES/mounts"
        ;;
    findmnt)
        awk -v target="${*: -1}" '$1 == target { print $2; found = 1 } END { exit !found }' \
            "$NOTES/mounts"
        ;;
    systemctl)
        case $1 in
            is-enabled) grep --line-regexp --quiet "${*: -1}" "$NOTES/enabled" ;;
            start | restart) refuse_if_noted start-refusals "Job for $2.service failed." ;;
        esac
        ;;
    sleep)
        if [[ -e $NOTES/on-sleep ]]; then
            bash "$NOTES/on-sleep"
        fi
        ;;
    journalctl) echo "the journal of ${*: -1}" ;;
esac
