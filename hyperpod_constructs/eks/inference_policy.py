"""What the inference operator may do.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-model-deployment-setup.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.kubernetes.inference_names import ROLE_PREFIX

from .pod_policy import PolicyStatement, allow

_ANYWHERE = (
    "ecr:GetAuthorizationToken",
    *(
        f"ec2:Describe{name}"
        for name in (
            *("Vpcs", "InstanceTypes", "NetworkInterfaces", "Subnets", "DhcpOptions"),
            "SecurityGroups",
        )
    ),
    "elasticloadbalancing:DescribeLoadBalancers",
    "fsx:DescribeFileSystems",
)
"""Actions without resource-level permissions."""
_MODELS = (
    *("CreateModel", "DescribeModel", "DeleteModel"),
    *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
    *("CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint", "DeleteEndpoint", "AddTags"),
)
_CLUSTER = ("DescribeCluster", "DescribeClusterInference", "UpdateClusterInference")
_CLOUDWATCH = tuple(
    f"cloudwatch:{action}" for action in ("GetMetricData", "GetMetricStatistics", "ListMetrics")
)
_PROMETHEUS = ("aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries", "aps:GetMetricMetadata")
_MONITORING = "cluster-access-policy/AmazonSagemakerHyperpodInferenceMonitoringPolicy"
_TAG = {"CreatedBy": "HyperPodInference"}


def operator_statements(
    environment: Environment, *, cluster_arn: str, eks_cluster_arn: str, bucket_arn: str
) -> Iterator[PolicyStatement]:
    """Statements of the role of the operator."""
    objects = f"{bucket_arn}/*"
    tag = {f"s3:ExistingObjectTag/{key}": value for key, value in _TAG.items()}
    requested = {f"s3:RequestObjectTag/{key}": value for key, value in _TAG.items()}
    yield allow(["s3:DeleteObject"], [objects])
    yield allow(["s3:GetObject"], [objects], StringEquals=tag)
    yield allow(["s3:PutObject", "s3:PutObjectTagging"], [objects], StringEquals=requested)
    yield allow(_ANYWHERE, ["*"])
    yield allow(
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        [environment.arn("ecr", "repository/*")],
    )
    yield allow(
        ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission"],
        [
            environment.arn("ec2", f"{kind}/*")
            for kind in ("network-interface", "subnet", "security-group")
        ],
    )
    yield allow(["eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"], [eks_cluster_arn])
    yield allow(
        ["eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy"],
        [environment.arn("eks", "access-entry/*")],
        ArnEquals={"eks:policyArn": f"arn:{environment.partition}:eks::aws:{_MONITORING}"},
    )
    yield allow(
        ["acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:ImportCertificate"],
        [environment.arn("acm", "certificate/*")],
    )
    yield allow(
        ["iam:PassRole"],
        [f"arn:{environment.partition}:iam::{environment.account}:role/{ROLE_PREFIX}*"],
        StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"},
    )
    yield allow(
        ["cloudwatch:PutMetricData"],
        ["*"],
        StringEquals={"cloudwatch:namespace": "HyperPodInference"},
    )
    yield allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [environment.arn("logs", "log-group:/aws/sagemaker/*")],
    )
    yield allow([f"sagemaker:{action}" for action in _CLUSTER], [cluster_arn])
    yield allow(
        [f"sagemaker:{action}" for action in _MODELS],
        [
            environment.arn("sagemaker", f"{kind}/*")
            for kind in ("model", "endpoint", "endpoint-config")
        ],
    )
    yield allow(
        ["sagemaker:DescribeHubContent"],
        [
            f"arn:{environment.partition}:sagemaker:{environment.region}:aws:hub-content/*",
            environment.arn("sagemaker", "hub-content/*"),
        ],
    )


def keda_statements(environment: Environment) -> Iterator[PolicyStatement]:
    """Statements of the role of KEDA, which reads the metrics that models name."""
    yield allow(_CLOUDWATCH, ["*"])
    yield allow(_PROMETHEUS, [environment.arn("aps", "workspace/*")])
