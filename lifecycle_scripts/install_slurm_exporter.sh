#!/bin/bash
# Exports what Slurm knows of nodes and jobs, at port 9341. Argument: name of the cluster.
set -euo pipefail

exec bash "$(dirname "${BASH_SOURCE[0]}")/install_exporter.sh" slurm 9341 "$1"
