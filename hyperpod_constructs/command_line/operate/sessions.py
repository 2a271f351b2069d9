"""Commands `connect`, `ssh-config` and `run`: sessions on nodes."""

import argparse
import shlex
import sys

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import LiveCluster, select
from hyperpod_constructs.operations.remote_commands import RemoteCommand
from hyperpod_constructs.operations.sessions import Sessions, ssh_entry, target

from .printing import counted, print_json, tell


def connect(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Continues as a session.

    Returns:
        Exit status.
    """
    (node,) = select(cluster.nodes(), options.node)
    if options.json:
        print_json({"Target": target(cluster, node), "Name": node.name, **node.summary})
        return 0
    session = Sessions.of(cluster).start(node, options.run_as)
    sys.stdout.flush()
    session.replace_process()
    return 0


def ssh_config(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints entries of the configuration of OpenSSH.

    Returns:
        Exit status.
    """
    every = cluster.nodes()
    chosen = select(every, *options.nodes, groups=True) if options.nodes else every
    if options.json:
        print_json({node.name: target(cluster, node) for node in chosen})
        return 0
    entries = (
        ssh_entry(cluster, node, user=options.user, account=cluster.account) for node in chosen
    )
    sys.stdout.write("\n".join(entries))
    return 0


def run(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Runs a command on nodes.

    Returns:
        Exit status.
    """
    if not options.words:
        raise OperationError(
            ErrorCode.ARGUMENT_INVALID, "specify a command after --, such as -- nvidia-smi"
        )
    words = options.words
    text = words[0] if len(words) == 1 else shlex.join(words)
    nodes = select(cluster.nodes(), *options.targets, groups=True)
    command = RemoteCommand(Sessions.of(cluster), text, options.timeout, tell)
    results = []
    for result in command.run(nodes):
        results.append(result)
        if options.json:
            continue
        for line in result.output.splitlines():
            sys.stdout.write(f"{result.node.name}: {line}\n")
        if result.status:
            tell(f"{result.node.name}: exit status {result.status}")
        if result.error:
            tell(f"{result.node.name}: {result.error}")
        sys.stdout.flush()
    if options.json:
        print_json(
            [
                {
                    "Name": each.node.name,
                    "InstanceId": each.node.instance_id,
                    "ExitStatus": each.status,
                    "Output": each.output,
                    "Error": each.error,
                }
                for each in sorted(results, key=lambda each: (each.node.group, each.node.index))
            ]
        )
    failed = sum(each.status != 0 for each in results)
    if not options.json:
        sys.stderr.write(f"{len(results) - failed} of {counted(len(results), 'node')} succeeded\n")
    return int(bool(failed))
