#!/bin/bash
# Starts the Slurm controller. One that runs already reads its configuration anew; jobs go on.
set -euo pipefail

exec bash "$(dirname "${BASH_SOURCE[0]}")/start_service.sh" slurmctld
