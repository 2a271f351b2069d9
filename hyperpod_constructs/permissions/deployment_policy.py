"""The policy with which CloudFormation deploys a cluster: what `cdk bootstrap` gives to its role.

Covers the cluster, its roles, network and lifecycle scripts, and FSx file systems. Options add the other
constructs of this package. The actions are those of the handlers of the resource types, without
properties that the constructs do not set.

Sources: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html and
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hyperpod_constructs.model.environment import Environment

from .access_scope import HYPERPOD
from .access_statements import plans_of_clusters
from .dependent_statements import dependent_statements
from .deployment_parts import eks_statements, observability_statements
from .operations import OPERATIONS, Resource
from .policy_document import Statement
from .policy_options import PolicyOptions

_OF_CLUSTER = (
    *("CreateCluster", "UpdateCluster", "UpdateClusterSoftware", "DeleteCluster"),
    *("DescribeCluster", "BatchAddClusterNodes", "BatchDeleteClusterNodes"),
    *("AddTags", "DeleteTags", "ListTags"),
)
_SERVICES_WITH_ROLES = ("lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com")
_SERVICE_LINKED = (HYPERPOD, "fsx.amazonaws.com", "s3.data-source.lustre.fsx.amazonaws.com")
_NETWORK = (
    *("elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group"),
    *("security-group-rule", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log"),
)
_ON_NETWORK = (
    *("AllocateAddress", "DisassociateAddress", "ReleaseAddress"),
    *("CreateInternetGateway", "AttachInternetGateway", "DetachInternetGateway"),
    *("DeleteInternetGateway", "CreateNatGateway", "DeleteNatGateway"),
    *("CreateRouteTable", "DeleteRouteTable", "AssociateRouteTable", "DisassociateRouteTable"),
    *("ReplaceRouteTableAssociation", "CreateRoute", "ReplaceRoute", "DeleteRoute"),
    *("CreateSecurityGroup", "DeleteSecurityGroup", "AuthorizeSecurityGroupEgress"),
    *("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
    *("RevokeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsEgress"),
    *("UpdateSecurityGroupRuleDescriptionsIngress", "CreateSubnet", "DeleteSubnet"),
    *("ModifySubnetAttribute", "CreateVpc", "DeleteVpc", "ModifyVpcAttribute"),
    *("DescribeVpcAttribute", "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"),
    *("CreateFlowLogs", "DeleteFlowLogs", "CreateTags", "DeleteTags"),
)
_NETWORK_LISTS = (
    *("Addresses", "FlowLogs", "InternetGateways", "NatGateways", "NetworkAcls"),
    *("NetworkInterfaces", "RouteTables", "SecurityGroupRules", "SecurityGroups"),
    *("Subnets", "VpcEndpoints", "Vpcs"),
)
_ON_ROLES = (
    *("GetRole", "DeleteRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy"),
    *("GetRolePolicy", "DeleteRolePolicy", "ListRolePolicies", "DetachRolePolicy"),
    *("ListAttachedRolePolicies", "TagRole", "UntagRole"),
)
_WIDENING = ("CreateRole", "PutRolePolicy", "AttachRolePolicy")
"""Actions on roles that a permissions boundary limits."""
_ON_FUNCTIONS = (
    *("CreateFunction", "GetFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"),
    *("DeleteFunction", "GetFunctionCodeSigningConfig", "GetFunctionRecursionConfig"),
    *("GetRuntimeManagementConfig", "InvokeFunction", "TagResource", "UntagResource"),
)
_ON_LAYERS = ("PublishLayerVersion", "GetLayerVersion", "DeleteLayerVersion")
_ON_LOG_GROUPS = (
    *("CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy"),
    *("ListTagsForResource", "TagResource", "UntagResource"),
)
_LOG_LISTS = ("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups")
_ON_BUCKETS = (
    *("CreateBucket", "DeleteBucket", "ListBucket", "PutBucketTagging", "GetBucketTagging"),
    *("PutBucketVersioning", "GetBucketVersioning", "PutEncryptionConfiguration"),
    *("GetEncryptionConfiguration", "PutBucketPublicAccessBlock"),
    *("GetBucketPublicAccessBlock", "PutBucketPolicy", "GetBucketPolicy"),
    *("DeleteBucketPolicy", "PutLifecycleConfiguration", "GetLifecycleConfiguration"),
)
_ON_SESSION_DOCUMENTS = (
    *("CreateDocument", "GetDocument", "DescribeDocument", "UpdateDocument"),
    *("UpdateDocumentDefaultVersion", "DeleteDocument", "AddTagsToResource"),
    *("ListTagsForResource", "RemoveTagsFromResource"),
)
_ON_POLICIES = (
    *("CreatePolicy", "GetPolicy", "DeletePolicy", "ListEntitiesForPolicy", "CreatePolicyVersion"),
    *("GetPolicyVersion", "DeletePolicyVersion", "ListPolicyVersions"),
)
_ON_POLICIES_OF = (
    "Attach{}Policy",
    "Delete{}Policy",
    "Detach{}Policy",
    "Get{}Policy",
    "Put{}Policy",
)
_ON_FILE_SYSTEMS = (
    *("CreateFileSystem", "UpdateFileSystem", "DeleteFileSystem"),
    *("ListTagsForResource", "TagResource", "UntagResource"),
)


def deployment(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Deploys, updates and deletes clusters with CloudFormation.

    Args:
        environment: Environment of the stacks.
        options: What the policy covers. The tag of clusters does not matter.
    """
    arn, of_iam = environment.arn, environment._replace(region="").arn
    rows = [OPERATIONS[name] for name in _OF_CLUSTER]
    clusters = [arn("sagemaker", f"{Resource.CLUSTER}/*")]
    yield Statement("Clusters", [row.action for row in rows], clusters)
    if options.training_plans:
        yield plans_of_clusters(environment)
    additional = {action for row in rows for each in row.dependencies for action in each.actions}
    covered = replace(options, eks=options.eks or options.eks_resources)
    scope = covered.scope(environment)._replace(service_linked_role=False)
    yield from dependent_statements(additional, scope)
    yield Statement(
        "ServiceLinkedRoles",
        ["iam:CreateServiceLinkedRole"],
        [of_iam("iam", f"role/aws-service-role/{service}/*") for service in _SERVICE_LINKED],
    )
    yield from _roles(of_iam("iam", "role/*"), options.permissions_boundary)
    yield Statement(
        "PassRolesOfFunctions",
        ["iam:PassRole"],
        [of_iam("iam", "role/*")],
        {"StringEquals": {"iam:PassedToService": list(_SERVICES_WITH_ROLES)}},
    )
    yield Statement(
        "Network", _of("ec2", _ON_NETWORK), [arn("ec2", f"{each}/*") for each in _NETWORK]
    )
    lists = [f"Describe{each}" for each in _NETWORK_LISTS]
    yield Statement("ListNetwork", _of("ec2", lists), ["*"])
    yield Statement("Functions", _of("lambda", _ON_FUNCTIONS), [arn("lambda", "function:*")])
    yield Statement("Layers", _of("lambda", _ON_LAYERS), [arn("lambda", "layer:*")])
    yield Statement("LogGroups", _of("logs", _ON_LOG_GROUPS), [arn("logs", "log-group:*")])
    yield Statement("LogDelivery", _of("logs", _LOG_LISTS), ["*"])
    yield from _buckets(environment)
    yield Statement("FileSystems", _of("fsx", _ON_FILE_SYSTEMS), [arn("fsx", "file-system/*")])
    yield Statement("ListFileSystems", ["fsx:DescribeFileSystems"], ["*"])
    yield from _optional(environment, options)
    yield Statement(
        "BootstrapVersion",
        ["ssm:GetParameter", "ssm:GetParameters"],
        [arn("ssm", "parameter/cdk-bootstrap/*/version")],
    )


def _optional(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """EKS, observability, session documents, managed policies, and the policies of users and groups.

    Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-document.html
    and https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
    """
    of_iam = environment._replace(region="").arn
    if options.eks_resources:
        yield from eks_statements(environment, _of("s3", _ON_BUCKETS))
    if options.observability:
        yield from observability_statements(environment)
    if options.session_documents:
        documents = [environment.arn("ssm", "document/*")]
        yield Statement("SessionDocuments", _of("ssm", _ON_SESSION_DOCUMENTS), documents)
    if options.managed_policies:
        yield Statement("ManagedPolicies", _of("iam", _ON_POLICIES), [of_iam("iam", "policy/*")])
    if options.users_and_groups:
        for kind in ("User", "Group"):
            names = [name.format(kind) for name in _ON_POLICIES_OF]
            yield Statement(f"{kind}s", _of("iam", names), [of_iam("iam", f"{kind.lower()}/*")])


def _roles(roles: str, boundary: str | None) -> Iterator[Statement]:
    """Roles of the nodes and functions.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    yield Statement("Roles", _of("iam", _ON_ROLES), [roles])
    if boundary is None:
        yield Statement("WidenRoles", _of("iam", _WIDENING), [roles])
        return
    limited = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    widening = (*_WIDENING, "PutRolePermissionsBoundary")
    yield Statement("WidenRoles", _of("iam", widening), [roles], limited)


def _buckets(environment: Environment) -> Iterator[Statement]:
    """The buckets of lifecycle scripts, and what `cdk deploy` uploads."""
    of_s3 = environment._replace(region="", account="").arn
    yield Statement("Buckets", _of("s3", _ON_BUCKETS), [of_s3("s3", "sagemaker-*")])
    assets = f"cdk-*-assets-{environment.account}-{environment.region}/*"
    yield Statement("Assets", ["s3:GetObject", "s3:GetObjectVersion"], [of_s3("s3", assets)])


def _of(service: str, names: Sequence[str]) -> list[str]:
    return [f"{service}:{name}" for name in names]
