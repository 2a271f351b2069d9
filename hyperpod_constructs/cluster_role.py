"""The role with which autoscaling adds instances to a cluster and removes them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling-iam.html
"""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from .model.storage import EbsVolume

_GRANT_OPERATIONS = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
]


def make_cluster_role(scope: Construct, id: str) -> iam.Role:
    """A role that HyperPod itself assumes, for the clusters of this account and region.

    The cluster has no ARN yet when its role is made.
    """
    clusters = cdk.Stack.of(scope).format_arn(
        service="sagemaker", resource="cluster", resource_name="*"
    )
    return iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("hyperpod.sagemaker.amazonaws.com"),
        description="HyperPod autoscaling",
        inline_policies={
            "HyperPodAutoScaling": iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        actions=[
                            "sagemaker:BatchAddClusterNodes",
                            "sagemaker:BatchDeleteClusterNodes",
                        ],
                        resources=[clusters],
                    )
                ]
            )
        },
    )


def grant_autoscaled_volumes(role: iam.IRole, volumes: Sequence[EbsVolume]) -> None:
    """Lets autoscaling add instances whose volumes are encrypted with keys of the user's own."""
    keys = [cast("kms.IKey", volume.kms_key) for volume in volumes if volume.kms_key is not None]
    for key in keys:
        _grant_volume_key(role, key)


def _grant_volume_key(role: iam.IRole, key: kms.IKey) -> None:
    via_sagemaker = {
        "StringEquals": {"kms:ViaService": f"sagemaker.{cdk.Stack.of(role).region}.amazonaws.com"}
    }
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={
                **via_sagemaker,
                "Bool": {"kms:GrantIsForAWSResource": "true"},
                "ForAllValues:StringEquals": {"kms:GrantOperations": _GRANT_OPERATIONS},
            },
        )
    )
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["kms:DescribeKey"], resources=[key.key_arn], conditions=via_sagemaker
        )
    )
