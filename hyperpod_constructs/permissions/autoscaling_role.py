"""The IAM role that autoscaling assumes to add and remove instances.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling-iam.html
"""

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import stack_of


def create_autoscaling_role(scope: Construct, id: str) -> iam.Role:
    """Creates a role that HyperPod assumes for the clusters of this account and Region.

    The ARN of the cluster is not available when the role is created.
    """
    clusters = stack_of(scope).format_arn(
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
