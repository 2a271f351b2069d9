"""What the rule packs of cdk-nag find in the stack, and why each finding is accepted."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from .training_stack import TrainingStack

CONTROL_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")


def acknowledge(stack: TrainingStack) -> None:
    """Accepts each finding on the construct it is about."""
    for construct, reasons in findings(stack):
        cdk.Validations.of(construct).acknowledge(
            *(cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
        )


def findings(stack: TrainingStack) -> Iterator[tuple[IConstruct, dict[str, str]]]:
    """Each construct with findings, and the reason to accept them by id."""
    bucket = stack.cluster.lifecycle_bucket
    yield from _network(stack)
    yield bucket, _bucket()
    for role in stack.cluster.execution_roles.values():
        yield role, _node_role(stack, bucket)
    yield from _upload(stack, bucket)


def _network(stack: TrainingStack) -> Iterator[tuple[IConstruct, dict[str, str]]]:
    network = stack.network.node
    yield (
        network.find_child("FlowLogs"),
        _in_all_packs(
            "CloudWatchLogGroupEncrypted",
            "flow logs hold addresses; the key of the service is enough",
        ),
    )
    vpc = network.find_child("Vpc").node
    yield (
        vpc.find_child("FlowLog").node.find_child("IAMRole").node.find_child("DefaultPolicy"),
        _in_all_packs("IAMNoInlinePolicy", "CDK writes this policy, for this flow log alone"),
    )
    yield (
        vpc.find_child("PublicSubnet1").node.find_child("DefaultRoute"),
        _in_all_packs("VPCNoUnrestrictedRouteToIGW", "the NAT gateway is alone in this subnet"),
    )
    yield (
        stack.network.security_group,
        _in_all_packs("EC2RestrictedCommonPorts", "EFA needs all traffic within the group"),
    )


def _bucket() -> dict[str, str]:
    return {
        "AwsSolutions-S1": "nodes and CloudFormation alone read it, and CloudTrail records them",
        **_in_all_packs(
            "S3BucketLoggingEnabled", "nodes and CloudFormation alone read it; CloudTrail records"
        ),
        **_in_all_packs(
            "S3BucketReplicationEnabled", "its content is made from the app and can be made again"
        ),
        **_in_all_packs("S3DefaultEncryptionKMS", "scripts hold no secrets; SSE-S3 encrypts them"),
    }


def _node_role(stack: TrainingStack, bucket: s3.IBucket) -> dict[str, str]:
    def of_account(service: str, resource: str, account: str = "<AWS::AccountId>") -> str:
        return f"arn:<AWS::Partition>:{service}:<AWS::Region>:{account}:{resource}"

    logs = of_account("logs", f"log-group:/aws/sagemaker/Clusters/{stack.cluster.cluster_name}/*")
    resources = {
        "*": "EC2 lists, Session Manager and metrics cannot be scoped by resource",
        logs: "the id of the cluster is not known before the cluster is there",
        f"{logs}:log-stream:*": "the ids of the nodes are not known before they start",
        of_account("ec2", "network-interface/*"): "HyperPod makes the interfaces of the nodes",
        of_account("ec2", "security-group/*"): "groups may have security groups of their own",
        of_account("ec2", "subnet/*"): "groups may have subnets of their own",
        of_account("ec2", "vpc/*"): "AWS grants the actions on VPCs as well",
        of_account("ec2", "instance/*", account="*"): "the instances belong to an account of AWS",
        f"<{_logical_id(bucket)}.Arn>/{stack.cluster.lifecycle_prefix}/*": "nodes that are replaced "
        "read the scripts they were made with",
    }
    return {
        **{f"AwsSolutions-IAM5[Resource::{arn}]": reason for arn, reason in resources.items()},
        **_in_all_packs(
            "IAMNoInlinePolicy",
            "the statements are part of the role, so that they outlive the cluster",
        ),
    }


def _upload(
    stack: TrainingStack, bucket: s3.IBucket
) -> Iterator[tuple[IConstruct, dict[str, str]]]:
    handler = next(
        child for child in stack.node.children if child.node.id.startswith("Custom::CDKBucketDep")
    )
    reason = "CDK's BucketDeployment, which runs for moments during a deployment"
    role = handler.node.find_child("ServiceRole")
    yield (
        handler,
        {
            "AwsSolutions-L1": reason,
            **_in_all_packs("LambdaInsideVPC", reason),
            **_in_packs(CONTROL_PACKS[:2], "LambdaConcurrency", reason),
            **_in_packs(CONTROL_PACKS[:2], "LambdaDLQ", reason),
            **_in_all_packs("CloudWatchLogGroupEncrypted", reason),
        },
    )
    lambda_policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    yield role, {f"AwsSolutions-IAM4[Policy::{lambda_policy}]": reason}
    assets = "cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>"
    wildcards = [
        *(
            f"Action::s3:{action}"
            for action in ("GetBucket*", "GetObject*", "List*", "Abort*", "DeleteObject*")
        ),
        f"Resource::arn:<AWS::Partition>:s3:::{assets}/*",
        f"Resource::<{_logical_id(bucket)}.Arn>/*",
    ]
    yield (
        role.node.find_child("DefaultPolicy"),
        {
            **{f"AwsSolutions-IAM5[{wildcard}]": reason for wildcard in wildcards},
            **_in_all_packs("IAMNoInlinePolicy", reason),
        },
    )


def _in_all_packs(rule: str, reason: str) -> dict[str, str]:
    return _in_packs(CONTROL_PACKS, rule, reason)


def _in_packs(packs: tuple[str, ...], rule: str, reason: str) -> dict[str, str]:
    return {f"{pack}-{rule}": reason for pack in packs}


def _logical_id(bucket: s3.IBucket) -> str:
    resource = bucket.node.default_child
    if not isinstance(resource, cdk.CfnResource):
        message = "the bucket is not made in this app"
        raise TypeError(message)
    return cdk.Stack.of(bucket).get_logical_id(resource)
