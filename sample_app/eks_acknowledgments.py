"""Acknowledgments of cdk-nag findings in the stack for Kubernetes, each with a reason."""

import json
from collections.abc import Iterator

import aws_cdk as cdk
from constructs import IConstruct

from .acknowledgments import bucket_reasons, node_role_reasons, upload_findings
from .eks_stack import EksTrainingStack

_PACK = "AwsSolutions"
_KUBECTL = "kubectl and Helm in a function of CDK, which runs only during a deployment"


def acknowledge_eks(stack: EksTrainingStack) -> None:
    """Acknowledges each finding on its construct."""
    for construct, reasons in eks_findings(stack):
        cdk.Validations.of(construct).acknowledge(
            *(cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
        )


def eks_findings(stack: EksTrainingStack) -> Iterator[tuple[IConstruct, dict[str, str]]]:
    """Each construct with findings, and the reasons by ID of the finding."""
    bucket = stack.cluster.lifecycle_bucket
    yield from _control_plane(stack)
    yield bucket, _of_pack(bucket_reasons(), stack)
    for role in stack.cluster.execution_roles.values():
        reasons = {**node_role_reasons(stack.cluster, bucket), **_network_interfaces()}
        yield role, _of_pack(reasons, stack)
    for construct, reasons in upload_findings(stack, bucket):
        yield construct, _of_pack(reasons, stack)


def _control_plane(stack: EksTrainingStack) -> Iterator[tuple[IConstruct, dict[str, str]]]:
    cluster = stack.control_plane.eks_cluster
    yield (
        cluster.node.find_child("Role"),
        _managed("AmazonEKSClusterPolicy", "EKS requires it for the control plane"),
    )
    provider = cluster.node.find_child("KubectlProvider").node
    handler = provider.find_child("Handler")
    yield handler, {"AwsSolutions-L1": _KUBECTL}
    registry = handler.node.find_child("HasEcrPublic")
    public = {
        "Fn::If": [
            stack.get_logical_id(registry) if isinstance(registry, cdk.CfnElement) else "",
            {
                "Fn::Join": [
                    "",
                    [
                        "arn:",
                        {"Ref": "AWS::Partition"},
                        ":iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly",
                    ],
                ]
            },
            {"Ref": "AWS::NoValue"},
        ]
    }
    yield (
        handler.node.find_child("ServiceRole"),
        {
            **_managed("AmazonEC2ContainerRegistryReadOnly", _KUBECTL),
            **_of_functions(),
            f"AwsSolutions-IAM4[Policy::{json.dumps(public, separators=(',', ':'))}]": _KUBECTL,
        },
    )
    framework = provider.find_child("Provider").node.find_child("framework-onEvent")
    role = framework.node.find_child("ServiceRole")
    name = stack.get_logical_id(_resource(handler))
    yield role, _of_functions()
    yield (
        role.node.find_child("DefaultPolicy"),
        {f"AwsSolutions-IAM5[Resource::<{name}.Arn>:*]": _KUBECTL},
    )


def _network_interfaces() -> dict[str, str]:
    subnets = "nodes and pods create interfaces in the VPC only, by a condition"
    own = "arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>"
    images = "HyperPod and EKS provide images in repositories of their accounts"
    return {
        f"AwsSolutions-IAM5[Resource::{own}:security-group/*]": subnets,
        f"AwsSolutions-IAM5[Resource::{own}:subnet/*]": subnets,
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:*:*:repository/*]": images,
    }


def _of_functions() -> dict[str, str]:
    return {
        **_managed("service-role/AWSLambdaBasicExecutionRole", _KUBECTL),
        **_managed("service-role/AWSLambdaVPCAccessExecutionRole", _KUBECTL),
    }


def _managed(policy: str, reason: str) -> dict[str, str]:
    return {f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]": reason}


def _of_pack(reasons: dict[str, str], stack: cdk.Stack) -> dict[str, str]:
    """The reasons of the pack that the app uses. ARNs have the Region of the stack, if it is known."""
    return {
        _in_region(rule, stack): reason
        for rule, reason in reasons.items()
        if rule.startswith(_PACK)
    }


def _in_region(rule: str, stack: cdk.Stack) -> str:
    if cdk.Token.is_unresolved(stack.region) or "iam::aws:policy" in rule:
        return rule
    known = {"<AWS::Partition>": stack.partition, "<AWS::Region>": stack.region}
    for token, value in known.items():
        rule = rule.replace(token, value)
    return rule


def _resource(construct: IConstruct) -> cdk.CfnElement:
    resource = construct.node.default_child
    if not isinstance(resource, cdk.CfnElement):
        message = "the construct has no resource"
        raise TypeError(message)
    return resource
