"""Writes docs/grants.md, what each grant allows: `python -m tests.permissions.grants_page`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import aws_cdk as cdk

import hyperpod_constructs as hp
from hyperpod_constructs.permissions.operations import OPERATIONS, Operation, Resource
from tests.synth import ROOT

from .granted import CLUSTER, ELSEWHERE, HERE, OTHER, Statements, allows, granted, on_eks, tagged
from .node_access import COLUMNS, access

PAGE = ROOT / "docs" / "grants.md"
COMMAND = "python -m tests.permissions.grants_page"
VERBS = (
    *("describe", "list_clusters", "list_nodes", "update", "update_software", "delete"),
    *("manage_nodes", "manage_task_governance", "operate", "administer"),
)
PLAN_VERBS = ("describe", "create", "use")
TAGGED_VERBS = ("describe", "operate", "create", "administer")
_INTRODUCTION = f"""# What grants allow

What the policies of each method allow, as an evaluator of IAM policies decides; see
[Grant access to a cluster](guides/access.md). Nothing else is allowed: the tests evaluate each
operation for this cluster, another cluster, another account and another Region.

<!-- written by `{COMMAND}` -->

## `cluster.grants`

*this* is this cluster only. *all* are all resources of the type, or all of the account for an action
that IAM cannot limit. Operations without a row are granted by `actions`, or by the other tables.
"""
_TAGGED = """
## `TaggedClusterGrants`

For `TaggedClusterGrants.from_tag(stack, "team", "vision")`:
"""
_PLANS = """
## `TrainingPlanGrants`
"""
_NODES = """
## Nodes

What the roles of workers allow the nodes. AWS does not document which objects HyperPod lists, so that
nodes can list the names of all objects in the bucket, but read their scripts only. On EKS, the VPC CNI
plugin can use other subnets of the VPC.
"""


class Request(NamedTuple):
    """A request about a cluster with tags."""

    words: str
    action: str
    context: Mapping[str, Any]


def _request(words: str, action: str, **context: Any) -> Request:
    names = {"tag": "aws:ResourceTag/team", "new": "aws:RequestTag/team"}
    known = {names[name]: value for name, value in context.items() if name in names}
    if "keys" in context:
        known["aws:TagKeys"] = context["keys"]
    if "by" in context:
        known["sagemaker:TaggingAction"] = context["by"]
    return Request(words, f"sagemaker:{action}", known)


REQUESTS = (
    _request("DescribeCluster, tag `vision`", "DescribeCluster", tag="vision"),
    _request("DescribeCluster, tag `audio`", "DescribeCluster", tag="audio"),
    _request("DescribeCluster, without the tag", "DescribeCluster"),
    _request("ListClusters", "ListClusters"),
    _request("BatchReplaceClusterNodes, tag `vision`", "BatchReplaceClusterNodes", tag="vision"),
    _request("BatchReplaceClusterNodes, tag `audio`", "BatchReplaceClusterNodes", tag="audio"),
    _request("DeleteCluster, tag `vision`", "DeleteCluster", tag="vision"),
    _request("DeleteCluster, tag `audio`", "DeleteCluster", tag="audio"),
    _request("CreateCluster with tag `vision`", "CreateCluster", new="vision", keys=["team"]),
    _request("CreateCluster with tag `audio`", "CreateCluster", new="audio", keys=["team"]),
    _request("CreateCluster without the tag", "CreateCluster"),
    _request(
        "AddTags `vision` in CreateCluster",
        "AddTags",
        new="vision",
        keys=["team"],
        by="CreateCluster",
    ),
    _request(
        "AddTags `audio` in CreateCluster",
        "AddTags",
        new="audio",
        keys=["team"],
        by="CreateCluster",
    ),
    _request("AddTags `vision` to a cluster without it", "AddTags", new="vision", keys=["team"]),
    _request(
        "AddTags `vision` to a cluster with tag `audio`",
        "AddTags",
        tag="audio",
        new="vision",
        keys=["team"],
    ),
    _request(
        "AddTags `audio` to a cluster with tag `vision`",
        "AddTags",
        tag="vision",
        new="audio",
        keys=["Team"],
    ),
    _request("AddTags `cost`, tag `vision`", "AddTags", tag="vision", keys=["cost"]),
    _request("DeleteTags `team`, tag `vision`", "DeleteTags", tag="vision", keys=["team"]),
    _request("DeleteTags `cost`, tag `vision`", "DeleteTags", tag="vision", keys=["cost"]),
)


@cache
def statements(kind: str, verb: str) -> Statements:
    """What a method adds."""
    grants: Mapping[str, Callable[[cdk.Stack], Any]] = {
        "cluster": on_eks,
        "tag": tagged,
        "plan": hp.TrainingPlanGrants.from_account,
    }
    return granted(grants[kind], lambda each, grantee: getattr(each, verb)(grantee))


def scope_of(found: Statements, row: Operation) -> str:
    """How far statements allow an operation: `this`, `all` or not at all."""
    if not row.resources and not row.optional_resources:
        return "all" if allows(found, row.action, "*") else ""
    required = row.resources or (Resource.CLUSTER,)
    names = {each: _any(each) for each in required} | {Resource.CLUSTER: CLUSTER}
    if not all(allows(found, row.action, names[each]) for each in required):
        return ""
    limited = Resource.CLUSTER in required and not allows(found, row.action, OTHER)
    return "this" if limited else "all"


def allowed_elsewhere(found: Statements, row: Operation) -> list[str]:
    """Where else statements allow an operation that IAM can limit."""
    return [name for name, arn in ELSEWHERE.items() if allows(found, row.action, arn)]


def _any(resource: Resource) -> str:
    return f"{HERE}:{resource}/one"


def page() -> str:
    """The page."""
    lines = [_INTRODUCTION, *_header("Operation", map(_code, VERBS))]
    for row in OPERATIONS.values():
        cells = [scope_of(statements("cluster", verb), row) for verb in VERBS]
        if any(cells):
            lines.append(_line(row.name, cells))
    lines += [_TAGGED, *_header("Request", map(_code, TAGGED_VERBS)), *_tagged_lines(), _PLANS]
    lines += _header("Operation", map(_code, PLAN_VERBS))
    for row in OPERATIONS.values():
        cells = [_scope_of_plan(statements("plan", verb), row) for verb in PLAN_VERBS]
        if any(cells):
            lines.append(_line(row.name, cells))
    lines += [_NODES, *_header("Request of a node", COLUMNS)]
    for words, answers in access().items():
        lines.append(_line(words, ["yes" if allowed else "" for allowed in answers]))
    return "\n".join([*lines, ""])


def _tagged_lines() -> Iterator[str]:
    for request in REQUESTS:
        resource = "*" if request.action.endswith("ListClusters") else CLUSTER
        yield _line(
            request.words,
            [
                "yes"
                if allows(statements("tag", verb), request.action, resource, request.context)
                else ""
                for verb in TAGGED_VERBS
            ],
        )


def _scope_of_plan(found: Statements, row: Operation) -> str:
    plans = [
        resource
        for resource in (*row.resources, *row.optional_resources)
        if resource in {Resource.TRAINING_PLAN, Resource.RESERVED_CAPACITY}
    ]
    if plans:
        with_action = {"sagemaker:TaggingAction": "CreateTrainingPlan"}
        return (
            "all"
            if all(allows(found, row.action, _any(each), with_action) for each in plans)
            else ""
        )
    return scope_of(found, row)


def _code(name: str) -> str:
    return f"`{name}`"


def _header(first: str, names: Iterable[str]) -> Iterator[str]:
    columns = list(names)
    yield _line(first, columns)
    yield _line("---", ["---" for _ in columns])


def _line(first: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join([first, *cells])} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
