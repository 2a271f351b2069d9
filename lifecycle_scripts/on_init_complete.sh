#!/bin/bash
# Entry point of clusters with API-driven Slurm: runs the steps that HyperPod itself does not, after it
# has configured the node.
set -uo pipefail

exec bash "$(dirname "${BASH_SOURCE[0]}")/on_create.sh" extension
