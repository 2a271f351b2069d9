#!/bin/bash
# Rotates the logs of Slurm's daemons, which grow without end otherwise.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly rule=${HYPERPOD_NODE_ROOT:-}/etc/logrotate.d/hyperpod_constructs

bash "$folder/install_packages.sh" logrotate
mkdir --parents "$(dirname "$rule")"
# logrotate passes over names that end like this, so it never reads half a rule.
cat > "$rule~" << 'END'
/var/log/slurm/*.log /var/log/slurm*.log {
    weekly
    maxsize 50M
    rotate 5
    missingok
    notifempty
    compress
    delaycompress
    nocreate
    su root root
    sharedscripts
    postrotate
        for service in slurmctld slurmd slurmdbd; do
            systemctl kill --kill-who=main --signal=USR2 $service 2> /dev/null || true
        done
    endscript
}
END
mv "$rule~" "$rule"
