"""Command `diff`: what an update does to the nodes of a cluster."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hyperpod_constructs.checks.assembly import stack_name
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.inputs import read_inputs
from hyperpod_constructs.command_line.subjects import Subject
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.problem import ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.operations.comparison import Change, Effect, changes
from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import LiveCluster
from hyperpod_constructs.operations.stack_references import known_references

from .printing import counted, print_json, print_table, say

_COLUMNS = ("EFFECT", "PROPERTY", "CLUSTER", "TEMPLATE")
_LONGEST = 60


def diff(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints the changes.

    Returns:
        Exit status.
    """
    subject = _subject(options.file, cluster)
    references = _references(options, subject, cluster)
    try:
        found = list(changes(subject.request, cluster.description, references))
    except ValidationError as error:
        raise OperationError(None, f"{options.file}: {error}") from error
    unknown = [each for each in found if each.effect is Effect.UNKNOWN]
    known = [each for each in found if each.effect is not Effect.UNKNOWN]
    if options.json:
        print_json({"Changes": [each._asdict() for each in found]})
    else:
        shown = found if options.unknown else known
        if shown:
            print_table(_COLUMNS, [_row(each) for each in shown])
        sys.stderr.write(
            f"{counted(len(known), 'change')}; not known before deployment: "
            f"{counted(len(unknown), 'value')}\n"
        )
    return int(any(each.effect.is_destructive for each in known))


def _subject(file: Path, cluster: LiveCluster) -> Subject:
    """The cluster in a template.

    Raises:
        UnreadableError: If the file cannot be read, or has several clusters.
    """
    subjects = [each for each in read_inputs([file], None).subjects if each.is_template]
    named = [each for each in subjects if each.request.get("ClusterName") == cluster.name]
    chosen = named or subjects
    if len(chosen) != 1:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{file}: contains {len(subjects)} clusters, and {len(named)} of them have the "
            f"ClusterName {cluster.name!r}; specify a template with one of them",
        )
    return chosen[0]


def _references(
    options: argparse.Namespace, subject: Subject, cluster: LiveCluster
) -> Mapping[str, str]:
    """What the references of the template are in its stack. Empty if there is no stack yet.

    Raises:
        OperationError: If the stack of the options cannot be read.
    """
    stack = options.stack or stack_name(subject.document.path)
    if stack is None or subject.template is None:
        return {}
    arn = str(cluster.description["ClusterArn"])
    try:
        return known_references(cluster.account, stack, subject.template, arn)
    except OperationError as error:
        if options.stack is not None:
            raise
        say(
            f"References are not resolved, since the stack {stack} cannot be read: {error}",
            sys.stderr,
        )
        return {}


def _known(value: Any) -> Any:
    """A value with words in place of what only the deployment knows."""
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_known(each) for each in value]
    return "known at deployment" if is_unresolved(value) else value


def _row(change: Change) -> tuple[str, ...]:
    return (str(change.effect), change.path, _value(change.before), _value(change.after))


def _value(value: Any) -> str:
    if value is None:
        return "-"
    shown = _known(value)
    text = shown if isinstance(shown, str) else json.dumps(shown)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
