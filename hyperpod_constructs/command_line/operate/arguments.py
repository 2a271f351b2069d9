"""Arguments of the commands for clusters."""

import argparse
from pathlib import Path

from hyperpod_constructs.command_line.numbers import duration, whole_number
from hyperpod_constructs.command_line.parser import WORDS

from .face import (
    ClusterArgument,
    Command,
    add_change_arguments,
    add_coverage,
    add_interval,
)

_NODE_HELP = "instance ID, or a node such as gpu/0"
_SHIFTS = (
    "Nodes such as gpu/0 are positions: when a node is replaced or deleted, those of later nodes "
    "shift. Use instance IDs, above all in scripts and to repeat a command."
)
_NODES = "a number of nodes, such as 4"
_DEEP_CHECKS = ("InstanceStress", "InstanceConnectivity", "MultiNodeTrainingValidation")
_STREAMS = ("lifecycle", "health", "deep-health-check")


def _of_nodes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", help="nodes of the group only")
    parser.add_argument(
        "--scripts",
        action="store_true",
        help="print the digest of the lifecycle scripts of each node, or their URI if it has no digest; "
        "a request for each node",
    )
    parser.add_argument("--failing", action="store_true", help="nodes in state Failure only")
    parser.add_argument(
        "--watch", action="store_true", help="report changes of states until interrupted"
    )
    add_interval(parser)


def _of_events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", nargs="?", metavar="EVENT", help="ID of an event to describe")
    parser.add_argument("--group", help="events of the group only")
    parser.add_argument(
        "--node",
        help=f"events of the node only: {_NODE_HELP}; a node that no longer exists by its instance ID",
    )
    parser.add_argument(
        "--hours", type=duration("hours"), help="events of the last HOURS hours only"
    )


def _of_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("node", metavar="NODE", help=_NODE_HELP)
    parser.add_argument(
        "--group", help="group of a node that no longer exists, with its instance ID"
    )
    parser.add_argument("--follow", action="store_true", help="wait for more until interrupted")
    parser.add_argument(
        "--stream", choices=_STREAMS, default="lifecycle", help="lifecycle by default"
    )
    add_interval(parser, 3)


def _of_recovery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("nodes", nargs="+", metavar="NODE", help=f"{_NODE_HELP}; can be repeated")
    add_change_arguments(parser)


def _of_scale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", metavar="GROUP", help="name of the instance group")
    parser.add_argument("count", type=whole_number(0, _NODES), metavar="N", help="number of nodes")
    add_change_arguments(parser)
    add_coverage(parser)


def _of_update_software(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="all groups by default")
    parser.add_argument("--image", metavar="AMI", help="ID of a custom AMI, or default")
    parser.add_argument(
        "--release", metavar="VERSION", help="release of the AMI (EKS); with groups"
    )
    parser.add_argument(
        "--batch-size",
        type=whole_number(1, _NODES),
        metavar="N",
        help="update N nodes at a time; all by default",
    )
    parser.add_argument(
        "--wait-between",
        type=whole_number(0, "a number of seconds, up to 3600", most=3600),
        metavar="SECONDS",
        help="time between batches, up to 3600",
    )
    add_change_arguments(parser)
    add_coverage(parser)


def _of_health_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", metavar="GROUP|NODE", help=f"group, {_NODE_HELP}")
    parser.add_argument(
        "--check",
        action="append",
        choices=_DEEP_CHECKS,
        metavar="CHECK",
        help=f"deep health check: {', '.join(_DEEP_CHECKS)}; can be repeated; the first two by default",
    )
    add_change_arguments(parser)


def _of_connect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("node", metavar="NODE", help=_NODE_HELP)
    parser.add_argument(
        "--run-as",
        metavar="DOCUMENT",
        help="name of a Session document of Systems Manager, which is not a Linux user",
    )


def _of_ssh_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "nodes", nargs="*", metavar="NODE", help="groups and nodes; all nodes by default"
    )
    parser.add_argument("--user", default="ubuntu", help="Linux user; ubuntu by default")


def _of_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=duration("seconds"),
        default=600.0,
        metavar="SECONDS",
        help="time of a session; 600 by default",
    )
    parser.usage = "%(prog)s [OPTIONS] CLUSTER GROUP|NODE... -- COMMAND"
    parser.set_defaults(**{WORDS: []})
    parser.add_argument(
        "targets", nargs="+", metavar="GROUP|NODE", help=f"group, {_NODE_HELP}; can be repeated"
    )


def _of_diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="template, or cdk.out directory; - for standard input",
    )
    parser.add_argument(
        "--stack",
        metavar="NAME",
        help="stack of the template, to resolve references; that of the app by default",
    )
    parser.add_argument("--unknown", action="store_true", help="list unknown values as well")


COMMANDS = (
    Command(
        "nodes",
        "list the nodes of a cluster",
        "Lists the nodes of a cluster with their state, launch time and AMI. The nodes of a group are "
        "numbered from the oldest to the newest; other commands accept such a name, such as gpu/0, "
        "and instance IDs. With --failing, the exit status is 1 if there are failing nodes.",
        "llm-training\nllm-training --failing\nllm-training --watch",
        _of_nodes,
    ),
    Command(
        "events",
        "list the events of a cluster",
        "Lists the events of a cluster with continuous provisioning, the newest first, or prints one "
        "of them with its details.",
        "llm-training --hours 24\nllm-training --node gpu/0\n"
        "llm-training 01234567-89ab-cdef-0123-456789abcdef",
        _of_events,
    ),
    Command(
        "logs",
        "print the logs of a node",
        "Prints what the lifecycle scripts or the health checks of a node have logged in CloudWatch.",
        "llm-training gpu/0\nllm-training i-0123456789abcdef0 --follow\n"
        "llm-training gpu/0 --stream health\nllm-training i-0123456789abcdef0 --group gpu",
        _of_logs,
    ),
    Command(
        "reboot",
        "reboot nodes",
        "Reboots nodes. Jobs on the nodes end. Lifecycle scripts do not run again. A reboot takes 1 to "
        f"3 minutes. {_SHIFTS}",
        "llm-training gpu/0 --wait\nllm-training gpu/0 gpu/1 --yes",
        _of_recovery,
    ),
    Command(
        "replace",
        "replace nodes by new instances",
        "Replaces nodes by new instances, which run the lifecycle scripts. All data on the volumes of "
        "the nodes is lost. A replacement takes 20 to 30 minutes, and the service does not repeat it "
        f"if it fails. Controllers of Slurm cannot be replaced. {_SHIFTS}",
        "llm-training i-0123456789abcdef0 --wait\nllm-training gpu/0 --dry-run",
        _of_recovery,
    ),
    Command(
        "scale",
        "set the number of nodes of a group",
        "Sets the number of nodes of an instance group. Clusters with continuous provisioning gain "
        "nodes by BatchAddClusterNodes; otherwise UpdateCluster receives the group as DescribeCluster "
        "returns it, with the new number. HyperPod chooses the nodes that it deletes, and nodes such as "
        "gpu/0 can be other ones afterwards. The stack of the cluster drifts until its code has the "
        "same number.",
        "llm-training gpu 8 --wait\nllm-training gpu 8 --dry-run",
        _of_scale,
    ),
    Command(
        "update-software",
        "update the AMI of the nodes",
        "Updates the AMI of all nodes, or of those of some groups. The root volume of each node is "
        "replaced, and its data is lost; data on FSx file systems is kept. Lifecycle scripts run "
        "again, in the version that the group has now. An update takes 30 to 60 minutes and more. "
        "A group with a fixed image in the code of a stack drifts.",
        "llm-training --wait\nllm-training gpu --batch-size 2 --wait-between 600\n"
        "llm-training gpu --release 1.2.3 --dry-run",
        _of_update_software,
    ),
    Command(
        "health-check",
        "start deep health checks of nodes",
        "Starts deep health checks of accelerated nodes: of all nodes of a group, or of single nodes. "
        "Jobs do not run on the nodes meanwhile, and HyperPod reboots or replaces nodes that fail. The "
        "checks take some 1 to 2 hours. The command logs with --stream deep-health-check prints the "
        f"results of a node. {_SHIFTS}",
        "llm-training gpu --wait\nllm-training gpu/0 --check InstanceStress --yes",
        _of_health_check,
    ),
    Command(
        "connect",
        "open a shell on a node",
        "Starts a Session Manager session on a node, with session-manager-plugin of AWS. The Linux "
        "user is the one of the tag SSMSessionRunAs of the IAM role, or of the Session document, which is that "
        "of the preferences of the account by default; root if none enables Run As: sudo -iu ubuntu "
        "continues as ubuntu. Session documents of a Linux user are "
        "created by cluster.grants.start_session(role, run_as='ubuntu') in the stack of the cluster, "
        "which outputs the name for --run-as, or by aws ssm create-document --document-type Session. "
        "With --json, prints the target of the session and starts none.",
        "llm-training login/0\nllm-training i-0123456789abcdef0 --run-as UbuntuSessions",
        _of_connect,
    ),
    Command(
        "ssh-config",
        "print entries for ~/.ssh/config",
        "Prints an entry for each node, with a ProxyCommand of the AWS CLI, under the name "
        "CLUSTER-GROUP-NUMBER: ssh -F FILE llm-training-login-0. The nodes require a "
        "public key of yours. Connections require ssm:StartSession with AWS-StartSSHSession.",
        "llm-training > ~/.ssh/llm-training\nllm-training login/0 --user alice",
        _of_ssh_config,
    ),
    Command(
        "run",
        "run a command on nodes",
        "Runs a shell command on nodes, or on all nodes of groups, in Session Manager sessions. "
        "Systems Manager starts three sessions a second in an account. Sessions that end without "
        "output (EOF) are started again: use commands that can be repeated. The exit status is 1 if "
        "the command fails on a node. With --json, prints the exit status and the output of each node; "
        "otherwise, exit statuses other than 0 are printed to standard error.",
        "llm-training gpu -- nvidia-smi -L\nllm-training gpu login/0 -- 'dmesg | tail'",
        _of_run,
    ),
    Command(
        "diff",
        "show what an update does to the nodes of a cluster",
        "Compares a template with the cluster that exists, and prints what each change does: in "
        "place, new nodes only, rejected since the group must be renamed, deletes nodes, replaces the "
        "cluster, or one way. References are those of the stack; values that only the deployment "
        "knows are counted, and tags are not compared. The exit status is 1 if nodes are lost or the update is "
        "rejected.",
        "cdk.out --cluster llm-training\ntemplate.json --cluster llm-training --json",
        _of_diff,
        cluster=ClusterArgument.OPTION,
    ),
)
"""Commands for a cluster that exists."""
