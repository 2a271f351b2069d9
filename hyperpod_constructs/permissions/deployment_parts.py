"""Permissions of deployments for EKS clusters and for observability.

The actions are those of the handlers of the resource types, without properties that the constructs do
not set.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers
"""

from collections.abc import Iterator, Sequence

from hyperpod_constructs.model.environment import Environment

from .policy_document import Statement

_TAGS = ("TagResource", "UntagResource")
_ON_EKS = (
    *("DescribeCluster", "UpdateClusterConfig", "UpdateClusterVersion", "DeleteCluster"),
    *("CreateAddon", "DescribeAddon", "UpdateAddon", "DeleteAddon", "DescribeUpdate"),
    *("CreateAccessEntry", "DescribeAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry"),
    *("AssociateAccessPolicy", "DisassociateAccessPolicy", "ListAssociatedAccessPolicies"),
    *("CreatePodIdentityAssociation", "DescribePodIdentityAssociation"),
    *("UpdatePodIdentityAssociation", "DeletePodIdentityAssociation", *_TAGS),
)
_EKS_KINDS = ("cluster", "addon", "access-entry", "podidentityassociation")
_PROVIDER = "OpenIDConnectProvider"
_ON_PROVIDERS = tuple(f"{verb}{_PROVIDER}" for verb in ("Create", "Get", "Delete", "Tag", "Untag"))
_GOVERNED = {"ComputeQuota": "compute-quota", "ClusterSchedulerConfig": "cluster-scheduler-config"}
_ON_GOVERNED = (
    *(f"{verb}{kind}" for kind in _GOVERNED for verb in ("Create", "Describe", "Update", "Delete")),
    *("AddTags", "DeleteTags", "ListTags"),
)
_ON_KEYS = (
    *("DescribeKey", "CreateGrant", "PutKeyPolicy", "GetKeyPolicy", "ListResourceTags"),
    *("EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus"),
    *("UpdateKeyDescription", "ScheduleKeyDeletion", *_TAGS),
)
_ON_PARAMETERS = ("PutParameter", "GetParameters", "DeleteParameter", "AddTagsToResource")
_ON_WORKSPACES = (
    *("DescribeWorkspace", "UpdateWorkspaceAlias", "DeleteWorkspace"),
    *("CreateAlertManagerDefinition", "DescribeAlertManagerDefinition"),
    *("PutAlertManagerDefinition", "DeleteAlertManagerDefinition"),
    *("DescribeLoggingConfiguration", "DescribeQueryLoggingConfiguration"),
    *("DescribeWorkspaceConfiguration", "ListTagsForResource", *_TAGS),
)
_RULES_OF_WORKSPACES = (
    *(f"{verb}RuleGroupsNamespace" for verb in ("Create", "Describe", "Put", "Delete")),
    *("ListTagsForResource", *_TAGS),
)
_ON_ALARMS = (
    *("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"),
    *("ListTagsForResource", *_TAGS),
)
_ON_DASHBOARDS = ("PutDashboard", "GetDashboard", "DeleteDashboards")
_ON_FILTERS = ("PutMetricFilter", "DescribeMetricFilters", "DeleteMetricFilter")
_ON_QUERIES = ("PutQueryDefinition", "DescribeQueryDefinitions", "DeleteQueryDefinition")
_ON_RULES = (
    *("PutRule", "DescribeRule", "DeleteRule", "PutTargets", "RemoveTargets"),
    *("ListTargetsByRule", "ListTagsForResource", *_TAGS),
)
_ON_SCHEDULES = ("CreateSchedule", "GetSchedule", "UpdateSchedule", "DeleteSchedule")
_TLS_BUCKETS = "hyperpod-tls-*"


def eks_statements(environment: Environment, on_buckets: Sequence[str]) -> Iterator[Statement]:
    """EKS clusters with their keys, add-ons, access entries, pod identities and task governance.

    Args:
        environment: Environment of the stacks.
        on_buckets: Actions on buckets, for those of certificates.
    """
    arn, of_iam = environment.arn, environment._replace(region="").arn
    yield Statement("CreateControlPlanes", ["eks:CreateCluster"], ["*"])
    resources = [arn("eks", f"{kind}/*") for kind in _EKS_KINDS]
    yield Statement("ControlPlanes", _of("eks", _ON_EKS), resources)
    yield _passed(
        of_iam("iam", "role/*"), "PassRolesOfEks", ("eks.amazonaws.com", "pods.eks.amazonaws.com")
    )
    service = "role/aws-service-role/eks.amazonaws.com/*"
    yield Statement(
        "ServiceLinkedRoleOfEks", ["iam:CreateServiceLinkedRole"], [of_iam("iam", service)]
    )
    providers = [of_iam("iam", "oidc-provider/oidc.eks.*")]
    yield Statement("OidcProviders", _of("iam", _ON_PROVIDERS), providers)
    governed = [arn("sagemaker", f"{kind}/*") for kind in ("cluster", *_GOVERNED.values())]
    yield Statement("TaskGovernance", _of("sagemaker", _ON_GOVERNED), governed)
    yield Statement("CreateKeys", ["kms:CreateKey"], ["*"])
    yield Statement("Keys", _of("kms", _ON_KEYS), [arn("kms", "key/*")])
    yield Statement("Parameters", _of("ssm", _ON_PARAMETERS), [arn("ssm", "parameter/*")])
    of_s3 = environment._replace(region="", account="").arn
    yield Statement("TlsBuckets", on_buckets, [of_s3("s3", _TLS_BUCKETS)])


def observability_statements(environment: Environment) -> Iterator[Statement]:
    """Workspaces of Prometheus, alarms, dashboards, queries, rules for events and schedules.

    Args:
        environment: Environment of the stacks.
    """
    arn, global_arn = environment.arn, environment._replace(region="").arn
    yield Statement("CreateWorkspaces", ["aps:CreateWorkspace"], ["*"])
    yield Statement("Workspaces", _of("aps", _ON_WORKSPACES), [arn("aps", "workspace/*")])
    namespaces = [arn("aps", "rulegroupsnamespace/*")]
    yield Statement("RulesOfWorkspaces", _of("aps", _RULES_OF_WORKSPACES), namespaces)
    yield Statement("Alarms", _of("cloudwatch", _ON_ALARMS), [arn("cloudwatch", "alarm:*")])
    dashboards = [global_arn("cloudwatch", "dashboard/*")]
    yield Statement("Dashboards", _of("cloudwatch", _ON_DASHBOARDS), dashboards)
    yield Statement("MetricFilters", _of("logs", _ON_FILTERS), [arn("logs", "log-group:*")])
    yield Statement("Queries", _of("logs", _ON_QUERIES), ["*"])
    yield Statement("Rules", _of("events", _ON_RULES), [arn("events", "rule/*")])
    yield Statement("Schedules", _of("scheduler", _ON_SCHEDULES), [arn("scheduler", "schedule/*")])
    yield _passed(global_arn("iam", "role/*"), "PassRolesOfSchedules", ("scheduler.amazonaws.com",))
    yield Statement("Topics", ["sns:SetTopicAttributes"], [arn("sns", "*")])


def _passed(roles: str, sid: str, services: Sequence[str]) -> Statement:
    condition = {"StringEquals": {"iam:PassedToService": list(services)}}
    return Statement(sid, ["iam:PassRole"], [roles], condition)


def _of(service: str, names: Sequence[str]) -> list[str]:
    return [f"{service}:{name}" for name in names]
