"""The role with which autoscaling adds instances to a cluster and removes them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling-iam.html
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


def create_autoscaling_role(scope: Construct, id: str) -> iam.Role:
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
