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

# Arguments: `join` or `leave`, user, groups.
change_members() {
    awk -F : -v OFS=: -v change="$1" -v user="$2" -v groups=",$3," '
        index(groups, "," $1 ",") { if (change == "join") $4 = $4 "," user; else sub(user, "", $4) }
        { print }' "$NOTES/group" > "$NOTES/group.new"
    mv "$NOTES/group.new" "$NOTES/group"
}

case $command in
    hostname) cat "$NOTES/addresses" ;;
    getent)
        case $1 in
            ahostsv4) echo "10.2.0.5 STREAM $2" ;;
            # By names or numbers; the first entry of each counts.
            *)
                database=$1
                status=0
                for key in "${@:2}"; do
                    awk -F : -v key="$key" '$1 == key || $3 == key { print; found = 1; exit }
                        END { if (!found) exit 2 }' "$NOTES/$database" || status=2
                done
                exit "$status"
                ;;
        esac
        ;;
    groupadd)
        if [[ $1 == --gid ]]; then
            echo "${*: -1}:x:$2:" >> "$NOTES/group"
        else
            echo "${*: -1}:x:999:" >> "$NOTES/group"
        fi
        ;;
    useradd)
        echo "${*: -1}:x:$2:$4::$8:${10}" >> "$NOTES/passwd"
        change_members join "${*: -1}" "$6"
        ;;
    gpasswd) change_members leave "$2" "$3" ;;
    mount)
        refuse_if_noted mount-refusals "mount: connection refused"
        source=${*: -2:1}
        if [[ $* == *"--types lustre"* ]]; then
            source=10.2.0.5@${source#*@}
        fi
        echo "${*: -1} $source" >> "$NOTES/mounts"
        ;;
    findmnt)
        if [[ $* == *"--output TARGET" ]]; then
            echo /
            cut --delimiter " " --fields 1 "$NOTES/mounts"
            exit
        fi
        awk -v target="${*: -1}" '$1 == target { print $2; found = 1 } END { exit !found }' \
            "$NOTES/mounts"
        ;;
    systemctl)
        case $1 in
            is-enabled) grep --line-regexp --quiet "${*: -1}" "$NOTES/enabled" ;;
            restart) refuse_if_noted start-refusals "Job for $2.service failed." ;;
            show) cat "$NOTES/job" 2> /dev/null || true ;;
            is-active | cat) grep --line-regexp --quiet "${*: -1}" "$NOTES/$1" ;;
        esac
        ;;
    aws)
        refuse_if_noted aws-refusals "Unable to locate credentials"
        cat "$NOTES/secret"
        ;;
    timeout) refuse_if_noted timeout-refusals "Connection refused" ;;
    mariadb) cat > "$NOTES/statements" ;;
    sacctmgr)
        refuse_if_noted sacctmgr-refusals "sacctmgr: error: Connection refused"
        if [[ $3 == list ]]; then
            cat "$NOTES/sacctmgr-$4"
        fi
        ;;
    scontrol)
        refuse_if_noted scontrol-refusals \
            "slurm_reconfigure error: Unable to contact slurm controller"
        if [[ $1 == ping ]]; then
            echo "Slurmctld(primary) at $(cat "$NOTES/addresses") is UP"
        fi
        ;;
    dpkg-query)
        if grep --line-regexp --fixed-strings --quiet "${*: -1}" "$NOTES/installed"; then
            echo "install ok installed"
        fi
        ;;
    apt-get) refuse_if_noted apt-refusals "E: Could not get lock" ;;
    dpkg)
        if [[ $1 == --print-architecture ]]; then
            echo amd64
        fi
        ;;
    curl)
        refuse_if_noted curl-refusals "curl: (6) Could not resolve host"
        echo "${*: -1}" > "${*: -2:1}"
        ;;
    docker) cat "$NOTES/docker-root" ;;
    systemd-escape) tr / - <<< "${2#/}" ;;
    uname) cat "$NOTES/machine" ;;
    sleep)
        if [[ -e $NOTES/on-sleep ]]; then
            bash "$NOTES/on-sleep"
        fi
        ;;
    journalctl) echo "the journal of ${*: -1}" ;;
esac
