"""Statements for the operations of people, on clusters and on other resources of SageMaker AI.

The methods of `grants` and the policies of an account are built from them.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hyperpod_constructs.model.environment import Environment

from .access_scope import AccessScope
from .dependent_statements import dependent_statements
from .operations import OPERATIONS, Operation, Resource, Verb
from .policy_document import Statement

_CREATE = OPERATIONS["CreateCluster"].action
_TAGGING = ("sagemaker:AddTags", "sagemaker:DeleteTags")
_PLAN_RESOURCES = (Resource.RESERVED_CAPACITY, Resource.TRAINING_PLAN)
_SIDS = {
    Resource.CLUSTER_SCHEDULER_CONFIG: "ClusterSchedulerConfigs",
    Resource.COMPUTE_QUOTA: "ComputeQuotas",
    Resource.RESERVED_CAPACITY: "ReservedCapacities",
    Resource.TRAINING_PLAN: "TrainingPlans",
}


def access_statements(rows: Sequence[Operation], scope: AccessScope) -> Iterator[Statement]:
    """The statements of operations, and of what they require in addition.

    Args:
        rows: Operations.
        scope: What the statements are about.
    """
    additional = {action for row in rows for each in row.dependencies for action in each.actions}
    # An action of SageMaker AI that another one requires is one on clusters, or on new resources.
    known = {row.action for row in OPERATIONS.values() if Resource.CLUSTER in row.resources}
    yield from _statements(rows, additional & known, scope)
    yield from _creation(rows, scope)
    if scope.training_plans and OPERATIONS["CreateCluster"] in rows:
        yield plans_of_clusters(scope.environment)
    yield from dependent_statements(additional, scope)


def operation_statements(rows: Iterable[Operation], scope: AccessScope) -> Iterator[Statement]:
    """As `access_statements`, without what operations require in addition."""
    return _statements(rows, set(), scope)


def plans_of_clusters(environment: Environment) -> Statement:
    """Creates and updates clusters with the capacity of training plans."""
    return Statement(
        "UseTrainingPlans",
        [_CREATE, OPERATIONS["UpdateCluster"].action],
        _arns(environment, *_PLAN_RESOURCES),
    )


def _statements(
    rows: Iterable[Operation], on_clusters: set[str], scope: AccessScope
) -> Iterator[Statement]:
    """Each resource type has a statement, as have actions that IAM cannot limit to resources."""
    by_resource: dict[Resource | None, list[str]] = {}
    for row in rows:
        optional = (Resource.CLUSTER,) if Resource.CLUSTER in row.optional_resources else (None,)
        for resource in row.resources or optional:
            by_resource.setdefault(resource, []).append(row.action)
    if on_clusters:
        of_clusters = by_resource.setdefault(Resource.CLUSTER, [])
        of_clusters += sorted(on_clusters.difference(of_clusters))
    for resource, actions in by_resource.items():
        if resource is None:
            yield Statement("List", actions, ["*"])
        elif resource is Resource.CLUSTER:
            yield from _on_clusters(actions, scope)
        else:
            yield Statement(_SIDS[resource], actions, _arns(scope.environment, resource))


def _on_clusters(actions: Sequence[str], scope: AccessScope) -> Iterator[Statement]:
    """Actions on clusters. If they must have a tag, it cannot be added or removed."""
    if scope.tag is None:
        yield Statement("Clusters", actions, [scope.clusters])
        return
    creating = [action for action in actions if action == _CREATE]
    tagging = [action for action in actions if action in _TAGGING]
    others = [action for action in actions if action not in {*creating, *tagging}]
    has_tag = _tagged("aws:ResourceTag", scope.tag)
    if others:
        yield Statement("Clusters", others, [scope.clusters], has_tag)
    if creating:
        new = _tagged("aws:RequestTag", scope.tag)
        yield Statement("NewClusters", creating, [scope.clusters], new)
    if tagging:
        keeps_tag = {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": [scope.tag[0]]}}
        yield Statement("TagClusters", tagging, [scope.clusters], {**has_tag, **keeps_tag})


def _creation(rows: Iterable[Operation], scope: AccessScope) -> Iterator[Statement]:
    """Tags of new resources in the request that creates them, and the capacity of new plans.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/training-plan-iam-permissions.html
    """
    creating = [row for row in rows if row.name.startswith("Create")]
    if scope.tag is not None and OPERATIONS["CreateCluster"] in creating:
        new = _tagged("aws:RequestTag", scope.tag, **{"sagemaker:TaggingAction": "CreateCluster"})
        yield Statement("TagNewClusters", _TAGGING[:1], [scope.clusters], new)
    others = [row for row in creating if row.verb is not Verb.CREATE]
    if not others:
        return
    plan = OPERATIONS["CreateTrainingPlan"]
    reserves = [plan.dependencies[0].actions[0]] if plan in others else []
    resources = {each for row in others for each in row.resources} - {Resource.CLUSTER}
    if reserves:
        resources.add(Resource.RESERVED_CAPACITY)
        reserved = _arns(scope.environment, Resource.RESERVED_CAPACITY)
        yield Statement("ReserveCapacity", reserves, reserved)
    names = [action.partition(":")[2] for action in (*(row.action for row in others), *reserves)]
    yield Statement(
        "TagNew",
        _TAGGING[:1],
        _arns(scope.environment, *sorted(resources)),
        {"StringEquals": {"sagemaker:TaggingAction": names}},
    )


def _tagged(
    condition_key: str, tag: tuple[str, str], **others: str
) -> Mapping[str, Mapping[str, object]]:
    key, value = tag
    return {"StringEquals": {f"{condition_key}/{key}": value, **others}}


def _arns(environment: Environment, *resources: Resource) -> list[str]:
    return [environment.arn("sagemaker", f"{resource}/*") for resource in resources]
