"""The commands. Only the modules of the one that runs are imported."""

import argparse
from collections.abc import Mapping
from importlib import import_module

from .operate import arguments as operate
from .operate.face import add_command
from .plan import arguments as plan

OTHERS: Mapping[str, str] = {
    "check": "validate templates, requests and provisioning forms",
    "convert": "generate the CDK app of a cluster",
    "dashboards": "write Grafana dashboards for the metrics of clusters",
    "describe": "describe the clusters of templates and requests",
    "explain": "explain the codes of problems",
    "policies": "print IAM policies for people and deployments",
}
"""The commands for files, with their lines in the list of commands. Each has a folder of its name."""
_CLUSTERS_AND_ACCOUNTS = (*plan.COMMANDS, *operate.COMMANDS)
COMMANDS = (*OTHERS, *(each.name for each in _CLUSTERS_AND_ACCOUNTS))
"""Names of all commands."""


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str | None
) -> None:
    """Adds the parser of a command; if there is no such command, the list of all."""
    if name in OTHERS:
        import_module(f"{__package__}.{name}.command").add_parser(commands)
        return
    for each, line in OTHERS.items() if name not in COMMANDS else ():
        commands.add_parser(each, help=line)
    for command in _CLUSTERS_AND_ACCOUNTS:
        if name == command.name or name not in COMMANDS:
            add_command(commands, command)
