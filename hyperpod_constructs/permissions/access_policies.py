"""Policies of people: what administrators, operators and viewers of clusters are allowed.

The statements are built from the table of operations.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hyperpod_constructs.model.environment import Environment

from .dependent_statements import dependent_statements
from .operations import OPERATED, OPERATIONS, Operation, Resource, Verb, operations_of
from .policy_document import Statement
from .policy_options import PolicyOptions

_VIEWED = (Verb.DESCRIBE, Verb.LIST_CLUSTERS, Verb.LIST_NODES)
_ADMINISTERED = (*OPERATED, Verb.CREATE, Verb.UPDATE, Verb.DELETE, Verb.ADMINISTER)
_PLAN_RESOURCES = (Resource.RESERVED_CAPACITY, Resource.TRAINING_PLAN)
_READING = ("Describe", "List")
_TAGGING = ("sagemaker:AddTags", "sagemaker:DeleteTags")
_CREATE = OPERATIONS["CreateCluster"].action


def viewer(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Reads clusters, their nodes and events."""
    governance = _operations(options, Verb.MANAGE_TASK_GOVERNANCE)
    return _statements(
        [
            *operations_of(*_VIEWED),
            *_operations(options, Verb.DESCRIBE_PLANS),
            *(row for row in governance if row.name.startswith(_READING)),
        ],
        environment,
        options,
    )


def operator(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Reads clusters, manages their nodes and updates their AMI."""
    rows = [*operations_of(*OPERATED), *_operations(options, Verb.DESCRIBE_PLANS)]
    return _statements(rows, environment, options)


def administrator(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Creates, updates, operates, tags and deletes clusters."""
    optional = (Verb.MANAGE_TASK_GOVERNANCE, Verb.DESCRIBE_PLANS, Verb.CREATE_PLANS)
    rows = [*operations_of(*_ADMINISTERED), *_operations(options, *optional)]
    return _statements(rows, environment, options)


def plans_of_clusters(environment: Environment) -> Statement:
    """Creates and updates clusters with the capacity of training plans."""
    return Statement(
        "UseTrainingPlans",
        [_CREATE, OPERATIONS["UpdateCluster"].action],
        [environment.arn("sagemaker", f"{each}/*") for each in _PLAN_RESOURCES],
    )


def _operations(options: PolicyOptions, *verbs: Verb) -> list[Operation]:
    """The operations that methods grant, as far as the options cover them."""
    covered = {
        Verb.MANAGE_TASK_GOVERNANCE: options.eks,
        Verb.DESCRIBE_PLANS: options.training_plans,
        Verb.CREATE_PLANS: options.training_plans,
    }
    return list(operations_of(*(verb for verb in verbs if covered[verb])))


def _statements(
    rows: Sequence[Operation], environment: Environment, options: PolicyOptions
) -> Iterator[Statement]:
    """The statements of operations, and of what they require in addition."""
    additional = {action for row in rows for each in row.dependencies for action in each.actions}
    by_resource = _by_resource(rows)
    # An action of SageMaker AI that another one requires is one on clusters, or on new resources.
    of_clusters = by_resource.setdefault(Resource.CLUSTER, [])
    known = {row.action for row in OPERATIONS.values() if Resource.CLUSTER in row.resources}
    of_clusters += sorted(additional.intersection(known).difference(of_clusters))
    for resource, actions in by_resource.items():
        if resource is None:
            yield Statement("List", actions, ["*"])
        elif resource is Resource.CLUSTER:
            yield from _on_clusters(actions, environment, options.tag)
        else:
            yield Statement(_sid(resource), actions, _arns(environment, resource))
    yield from _creation(rows, environment)
    if options.training_plans and _CREATE in of_clusters:
        yield plans_of_clusters(environment)
    yield from dependent_statements(additional, environment, options)


def _by_resource(rows: Iterable[Operation]) -> dict[Resource | None, list[str]]:
    found: dict[Resource | None, list[str]] = {}
    for row in rows:
        optional = (Resource.CLUSTER,) if row.optional_resources else (None,)
        for resource in row.resources or optional:
            found.setdefault(resource, []).append(row.action)
    return found


def _on_clusters(
    actions: Sequence[str], environment: Environment, tag: tuple[str, str] | None
) -> Iterator[Statement]:
    """Actions on all clusters, or on those with a tag, which cannot be added or removed."""
    clusters = _arns(environment, Resource.CLUSTER)
    if tag is None:
        yield Statement("Clusters", actions, clusters)
        return
    key, value = tag
    others = [action for action in actions if action not in {_CREATE, *_TAGGING}]
    has_tag = _tagged("aws:ResourceTag", key, value)
    yield Statement("Clusters", others, clusters, has_tag)
    if _CREATE in actions:
        new = _tagged("aws:RequestTag", key, value)
        yield Statement("NewClusters", [_CREATE], clusters, new)
        tagging = {
            "StringEquals": {**new["StringEquals"], "sagemaker:TaggingAction": "CreateCluster"}
        }
        yield Statement("TagNewClusters", _TAGGING[:1], clusters, tagging)
    tagging_actions = [action for action in actions if action in _TAGGING]
    if tagging_actions:
        keeps_tag = {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": [key]}}
        yield Statement("TagClusters", tagging_actions, clusters, {**has_tag, **keeps_tag})


def _creation(rows: Iterable[Operation], environment: Environment) -> Iterator[Statement]:
    """Tags of new resources other than clusters, and the capacity of new training plans.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/training-plan-iam-permissions.html
    """
    creating = [
        row for row in rows if row.name.startswith("Create") and row.verb is not Verb.CREATE
    ]
    if not creating:
        return
    plan = OPERATIONS["CreateTrainingPlan"]
    reserves = [plan.dependencies[0].actions[0]] if plan in creating else []
    resources = {each for row in creating for each in row.resources} - {Resource.CLUSTER}
    if reserves:
        resources.add(Resource.RESERVED_CAPACITY)
        reserved = _arns(environment, Resource.RESERVED_CAPACITY)
        yield Statement("ReserveCapacity", reserves, reserved)
    names = [action.partition(":")[2] for action in (*(row.action for row in creating), *reserves)]
    yield Statement(
        "TagNew",
        ["sagemaker:AddTags"],
        _arns(environment, *sorted(resources)),
        {"StringEquals": {"sagemaker:TaggingAction": names}},
    )


def _tagged(condition_key: str, key: str, value: str) -> Mapping[str, Mapping[str, object]]:
    return {"StringEquals": {f"{condition_key}/{key}": value}}


def _arns(environment: Environment, *resources: Resource) -> list[str]:
    return [environment.arn("sagemaker", f"{resource}/*") for resource in resources]


def _sid(resource: Resource) -> str:
    return f"{''.join(part.capitalize() for part in resource.split('-'))}s"
