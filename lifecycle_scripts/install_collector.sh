#!/bin/bash
# Writes the metrics of this node to a Prometheus server elsewhere, with Prometheus in agent mode.
# Arguments: URL, region to sign requests for or nothing, cluster, instance group, type of the node, exporters.
# Needs the internet (github.com) only where Prometheus 3 is missing.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly root=${HYPERPOD_NODE_ROOT:-}
readonly name=hyperpod-collector
readonly programs=$root/usr/local/lib/hyperpod_constructs/collector
readonly config=$root/etc/$name/prometheus.yml
readonly unit=$root/etc/systemd/system/$name.service
readonly version=3.15.0
declare -rA digests=(
    [amd64]=2a542df32eac02ee17b9d844fb2aa1de00dafa5476579ba8a3ba862e9d572ea0
    [arm64]=f1f90ec08e849d494ca66c611470afc50192f0355f1a61c33f2cbde02d067823
)

# Argument: a program.
has_agent_mode() {
    local help
    help=$("$1" --help 2>&1) && [[ $help == *' --[no-]agent '* ]]
}

install_from_github() {
    local architecture release archive
    architecture=$(dpkg --print-architecture)
    release=prometheus-$version.linux-$architecture
    archive=$root/var/cache/$name/$release.tar.gz
    bash "$folder/install_packages.sh" ca-certificates curl
    bash "$folder/fetch.sh" \
        "https://github.com/prometheus/prometheus/releases/download/v$version/$release.tar.gz" "$archive"
    if [[ $(sha256sum < "$archive") != "${digests[$architecture]:-}  -" ]]; then
        rm "$archive"
        echo "$release.tar.gz does not have the SHA-256 ${digests[$architecture]:-of any release}" >&2
        exit 1
    fi
    mkdir --parents "$programs"
    tar --extract --gzip --file "$archive" --directory "$programs" --no-same-owner \
        --strip-components 1 "$release/prometheus"
    rm "$archive"
}

program=$(command -v prometheus) || program=$programs/prometheus
if ! has_agent_mode "$program"; then
    program=$programs/prometheus
fi
if ! has_agent_mode "$program"; then
    install_from_github
fi

if ! getent passwd "$name" > /dev/null; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
fi
# Only programs of the system reach the credentials of this node's role.
if (($(id --user "$name") > 999)); then
    echo "the user $name of this node is not one of the system" >&2
    exit 1
fi
mkdir --parents "$(dirname "$config")" "$(dirname "$unit")"
exporters=()
for exporter in "${@:6}"; do
    # Without a GPU or EFA there is no exporter for it.
    case $exporter in
        gpu) needed=$root/dev/nvidia0 ;;
        efa) needed=$root/etc/systemd/system/efa-exporter.service ;;
        *) needed=/ ;;
    esac
    if [[ -e $needed ]]; then
        exporters+=("$exporter")
    fi
done
python3 "$folder/collector_config.py" "${@:1:5}" "$(hostname)" "${exporters[@]}" > "$config.new"
chmod 0644 "$config.new"
mv "$config.new" "$config"
# What cannot be written is kept for four hours.
cat > "$unit.new" << END
[Unit]
Description=Writes the metrics of this node to a Prometheus server
After=network-online.target
Wants=network-online.target

[Service]
User=$name
StateDirectory=$name
StateDirectoryMode=0700
Environment=GOMAXPROCS=1 GOMEMLIMIT=96MiB
ExecStart=$program --agent --config.file=$config --storage.agent.path=/var/lib/$name --storage.agent.retention.max-time=4h --web.listen-address=127.0.0.1:9099 --web.max-connections=16 --log.level=warn
Restart=always
RestartSec=5
Nice=10
CPUQuota=50%
MemoryMax=256M
TasksMax=64
OOMScoreAdjust=500
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
CapabilityBoundingSet=
UMask=0077

[Install]
WantedBy=multi-user.target
END
mv "$unit.new" "$unit"
systemctl daemon-reload
bash "$folder/start_service.sh" "$name"
# It is started before it has read its configuration.
exec python3 "$folder/wait_until_ready.py" http://127.0.0.1:9099/-/ready "$name"
