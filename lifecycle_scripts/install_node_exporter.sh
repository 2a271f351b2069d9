#!/bin/bash
# Exports what Linux measures, at port 9100. Needs apt where the exporter is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder

bash "$folder/install_packages.sh" prometheus-node-exporter
exec bash "$folder/start_service.sh" prometheus-node-exporter
