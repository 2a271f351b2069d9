#!/bin/bash
# Keeps slurmd off a controller, where it would delete slurm.conf.
set -euo pipefail

if systemctl is-enabled --quiet slurmd 2> /dev/null; then
    systemctl disable --now slurmd
fi
