"""What the commands for clusters do, by name, and the errors that they have in common."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.plan.capacity import capacity
from hyperpod_constructs.command_line.plan.cost import cost
from hyperpod_constructs.command_line.plan.preflight import preflight
from hyperpod_constructs.command_line.plan.prices import prices
from hyperpod_constructs.operations.account import Account, account_of
from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import LiveCluster
from hyperpod_constructs.operations.requirements import required_statements
from hyperpod_constructs.permissions.policy_document import document
from hyperpod_constructs.permissions.policy_options import PolicyOptions

from .diff import diff
from .events import events
from .health_check import health_check
from .interrupts import last_words, status_of, terminable
from .logs import logs
from .node_batches import change_nodes
from .nodes import nodes
from .printing import say
from .scale import scale
from .sessions import connect, run, ssh_config
from .update_software import update_software

CLUSTER_ACTS: Mapping[str, Callable[[argparse.Namespace, LiveCluster], int]] = {
    "connect": connect,
    "diff": diff,
    "events": events,
    "health-check": health_check,
    "logs": logs,
    "nodes": nodes,
    "reboot": partial(change_nodes, "reboot"),
    "replace": partial(change_nodes, "replace"),
    "run": run,
    "scale": scale,
    "ssh-config": ssh_config,
    "update-software": update_software,
}
ACCOUNT_ACTS: Mapping[str, Callable[[argparse.Namespace, Account], int]] = {
    "capacity": capacity,
    "cost": cost,
    "preflight": preflight,
    "prices": prices,
}
ACTS = (*CLUSTER_ACTS, *ACCOUNT_ACTS)
"""Names of the commands."""


def act(name: str, options: argparse.Namespace) -> int:
    """Runs a command, or prints the policy that it requires.

    Returns:
        Exit status.
    """
    if options.policy:
        return _print_policy(name, options)
    account = account_of(options.cluster, profile=options.profile, region=options.region)
    try:
        with terminable():
            if name in ACCOUNT_ACTS:
                status = ACCOUNT_ACTS[name](options, account)
            else:
                status = CLUSTER_ACTS[name](options, LiveCluster(account, options.cluster))
            sys.stdout.flush()
    except OperationError as error:
        say(f"{PACKAGE} {name}: {error.with_code}", sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"\n{PACKAGE} {name}: {last_words(interrupt)}\n")
        return status_of(interrupt)
    return status


def _print_policy(name: str, options: argparse.Namespace) -> int:
    statements = required_statements(
        name,
        options.cluster or ("*" if name in CLUSTER_ACTS else None),
        region=options.region,
        session_document=getattr(options, "run_as", None),
        options=PolicyOptions(
            eks=getattr(options, "eks", False),
            custom_images=getattr(options, "custom_images", False),
        ),
    )
    sys.stdout.write(json.dumps(document(statements), indent=2) + "\n")
    return 0
