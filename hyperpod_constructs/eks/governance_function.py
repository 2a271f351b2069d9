"""Task governance by a function, in Regions where CloudFormation does not create it.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateComputeQuota.html
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, node_of, stack_of
from hyperpod_constructs.cdk.inline_function import InlineFunction

HANDLER = Path(__file__).with_name("governance_handler.py")
_VERBS = ("Create", "Update", "Describe", "Delete")
_EKS_ACTIONS = (
    *("AssociateAccessPolicy", "DescribeAccessEntry", "DescribeCluster"),
    *("DisassociateAccessPolicy", "ListAssociatedAccessPolicies"),
)


class GovernanceFunction(InlineFunction):
    """The function of all resources of task governance of a cluster."""

    def __init__(
        self, scope: Construct, id: str, *, cluster_arn: str, eks_cluster_arn: str
    ) -> None:
        """Creates the function.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_arn: ARN of the HyperPod cluster.
            eks_cluster_arn: ARN of its EKS cluster.
        """
        environment = environment_of(stack_of(scope))
        own = [
            environment.arn("sagemaker", f"{kind}/*")
            for kind in ("cluster-scheduler-config", "compute-quota")
        ]
        name = cdk.Fn.select(1, cdk.Fn.split("/", eks_cluster_arn))
        super().__init__(
            scope,
            id,
            handler=HANDLER,
            policies={
                "Governance": (
                    [
                        f"sagemaker:{verb}{kind}"
                        for kind in ("ClusterSchedulerConfig", "ComputeQuota")
                        for verb in _VERBS
                    ],
                    [cluster_arn, *own],
                ),
                "Cluster": ("sagemaker:DescribeCluster", cluster_arn),
                "Kubernetes": (
                    [f"eks:{action}" for action in _EKS_ACTIONS],
                    [eks_cluster_arn, environment.arn("eks", f"access-entry/{name}/*")],
                ),
            },
            memory_size=256,
        )

    def resource(self, scope: Construct, kind: str, request: Mapping[str, Any]) -> cdk.CfnResource:
        """A resource that the function creates.

        Args:
            scope: Scope of the resource.
            kind: Type of CloudFormation in whose place it is.
            request: Request of its creation.
        """
        name = kind.rpartition("::")[2]
        resource = cdk.CfnResource(
            scope,
            "Resource",
            type=f"Custom::HyperPod{name}",
            properties={
                "ServiceToken": self.service_token,
                "Kind": name,
                "Request": stack_of(scope).to_json_string(request),
            },
        )
        node_of(resource).add_dependency(self)
        return resource
