#!/bin/bash
# Exports what the GPUs measure, at port 9400, from a container of NVIDIA's.
# Needs Docker with NVIDIA's runtime, and the internet (nvcr.io) for the image.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly unit=$root/etc/systemd/system/dcgm-exporter.service
image=nvcr.io/nvidia/k8s/dcgm-exporter:4.1.1-4.0.4-ubuntu22.04

if [[ ! -e $root/dev/nvidia0 ]]; then
    echo "This node has no GPU of NVIDIA's, so there is nothing to export."
    exit 0
fi
if ! docker=$(command -v docker); then
    echo "metrics.gpu needs Docker, which is missing here: turn on containers" >&2
    exit 1
fi
digest=$(bash "$folder/known_digest.sh" "$image")
if [[ -n $digest ]]; then
    image=${image%:*}@sha256:$digest
fi
mkdir --parents "$(dirname "$unit")"
cat > "$unit.new" << END
[Unit]
Description=DCGM exporter
After=docker.service
Requires=docker.service

[Service]
ExecStartPre=-$docker rm --force dcgm-exporter
ExecStart=$docker run --rm --name dcgm-exporter --gpus all --cap-add SYS_ADMIN --security-opt no-new-privileges --publish 9400:9400 $image
ExecStop=$docker stop dcgm-exporter
Restart=always
RestartSec=5
TimeoutStartSec=0

[Install]
WantedBy=multi-user.target
END
mv "$unit.new" "$unit"
systemctl daemon-reload
exec bash "$folder/start_service.sh" dcgm-exporter
