#!/bin/bash
# Makes the programs by which a controller tells a topic of a failover. Arguments: ARN, cluster.
set -euo pipefail

readonly topic=$1 cluster=$2
printf -v quoted_topic %q "$topic"
printf -v subject %q "Slurm failover in $cluster"
readonly scripts=${HYPERPOD_NODE_ROOT:-}/opt/slurm/etc/scripts

region=$(cut --delimiter : --fields 4 <<< "$topic")
printf -v quoted_region %q "$region"

write_program() {
    local file=$scripts/$1 new=$scripts/.$1.$HOSTNAME message
    printf -v message %q "$2 in the cluster $cluster."
    cat > "$new" << END
#!/bin/bash
PATH=\$PATH:/usr/local/bin:/snap/bin
exec aws sns publish --region $quoted_region --topic-arn $quoted_topic \\
    --subject $subject --message "\$(hostname) "$message
END
    chmod 0755 "$new"
    mv "$new" "$file"
}

mkdir --parents "$scripts"
write_program became_primary.sh "has become the primary controller"
write_program became_backup.sh "has become a backup controller"
