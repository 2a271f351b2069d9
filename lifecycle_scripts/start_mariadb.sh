#!/bin/bash
# Starts MariaDB, or the MySQL that is there, for slurmdbd on the same node.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
readonly folder
readonly settings=${HYPERPOD_NODE_ROOT:-}/etc/mysql/conf.d/hyperpod_constructs.cnf

is_installed() {
    PATH=$PATH:/usr/sbin command -v "$1" > /dev/null
}

# Below these values slurmdbd warns, but a small controller has not that much memory to give.
buffer_pool=$(awk '/^MemTotal:/ { half = int($2 / 2048); print half < 4096 ? half : 4096 }' /proc/meminfo)

mkdir --parents "$(dirname "$settings")"
# Only slurmdbd connects, by the socket.
cat > "$settings.new" << END
[mysqld]
innodb_buffer_pool_size = ${buffer_pool}M
innodb_log_file_size = 64M
innodb_lock_wait_timeout = 900
skip_networking
END
mv "$settings.new" "$settings"

if is_installed mysqld && ! is_installed mariadbd; then
    service=mysql
else
    service=mariadb
    if ! is_installed mariadbd; then
        bash "$folder/install_packages.sh" mariadb-server
    fi
fi
exec bash "$folder/start_service.sh" "$service"
