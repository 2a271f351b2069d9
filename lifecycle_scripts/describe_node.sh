#!/bin/bash
# Has interactive shells say what this node is. Arguments: node type, group, cluster.
set -euo pipefail

readonly node_type=$1 group=$2 cluster=$3
readonly profile=${HYPERPOD_NODE_ROOT:-}/etc/profile.d/zz-hyperpod.sh

case $node_type in
    controller) text="It runs Slurm. Connect to a login node for other work." ;;
    login) text="Submit jobs with sbatch and srun; they run on workers, which sinfo lists." ;;
    worker) text="Jobs run here: squeue lists them. Submit yours on a login node." ;;
esac
mkdir --parents "${profile%/*}"
cat > "$profile.new" << END
# Written anew whenever the lifecycle scripts run.
case \$- in
    *i*) [ -e "\$HOME/.hushlogin" ] || echo "This is a $node_type of the HyperPod cluster '$cluster', group '$group'. $text" ;;
esac
END
chmod 644 "$profile.new"
mv "$profile.new" "$profile"
