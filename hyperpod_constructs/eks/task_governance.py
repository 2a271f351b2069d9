"""Task governance: priorities of tasks, and the compute of teams, on the nodes of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance.html
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import environment_of, node_of, stack_of
from hyperpod_constructs.cdk.object_checks import required
from hyperpod_constructs.model.kubernetes.governance import ComputeQuota, PriorityClass
from hyperpod_constructs.model.kubernetes.governance_checks import (
    governance_problems,
    quota_problems,
)
from hyperpod_constructs.model.kubernetes.governance_regions import (
    COMPUTE_QUOTA,
    REGIONS,
    SCHEDULER_CONFIG,
)
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .add_on import EksAddOn
from .governance_function import GovernanceFunction
from .nodes import eks_cluster_problems

_ADD_ON = "amazon-sagemaker-hyperpod-taskgovernance"


class TaskGovernance(EksAddOn):
    """Priorities of tasks, and the compute of teams.

    Creates the add-on, which installs Kueue, then the policy of the cluster, then the quotas of the
    teams. In Regions where CloudFormation does not create the policy or the quotas, a function does.

    Attributes: `add_on`, `scheduler_config`, `quotas` by team.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        priority_classes: Sequence[PriorityClass] = (),
        teams: Sequence[ComputeQuota] = (),
        fair_share: bool = True,
        idle_resource_sharing: bool = False,
        version: str | None = None,
    ) -> None:
        """Creates the add-on, the policy and the quotas.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS, with Kubernetes 1.30 or later and without a Kueue of your
                own. Add its instance groups before, since quotas are validated against them.
            priority_classes: Priorities of tasks, up to 10. None by default.
            teams: Compute of teams. None by default.
            fair_share: Whether teams borrow idle compute in proportion to their weights. Defaults to
                True; with False, the first task borrows.
            idle_resource_sharing: Whether teams can borrow compute that is in no quota. Defaults to
                False.
            version: Version of the add-on. Defaults to the default version of EKS. An update from 1.3
                to 1.5 requires one to another version between them.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`,
                `GovernanceName`, `GovernanceWeight`, `PriorityClassLimit`, `GovernanceTwice`,
                `BorrowLimit`, `QuotaType`, `QuotaAmounts`, `QuotaLimit`,
                `QuotaInstanceType`, `QuotaCount`, `QuotaAccelerators`.
        """
        found = [
            *required("fair_share", fair_share, bool),
            *required("idle_resource_sharing", idle_resource_sharing, bool),
            *governance_problems(priority_classes, teams, fair_share=fair_share),
        ]
        if not any(map(_hides_amounts, found)):
            groups = None if list(eks_cluster_problems(cluster)) else cluster.instance_groups
            found += [] if groups is None else quota_problems(teams, groups)
        super().__init__(
            scope, id, name=_ADD_ON, cluster=cluster, version=version, problems=iter(found)
        )
        self._annotate(found)
        self._create()
        self.scheduler_config = self._native_or_function(
            "Policy",
            SCHEDULER_CONFIG,
            {
                "SchedulerConfig": {
                    "FairShare": "Enabled" if fair_share else "Disabled",
                    "IdleResourceSharing": "Enabled" if idle_resource_sharing else "Disabled",
                    "PriorityClasses": [each.to_request() for each in priority_classes],
                }
            },
        )
        node_of(self.scheduler_config).add_dependency(self.add_on)
        self.quotas = {team.team: self._quota(team) for team in teams}
        self._namespaces = {team.namespace: self.quotas[team.team] for team in teams}

    @property
    def namespaces(self) -> Mapping[str, Construct]:
        """The namespace of each team, which HyperPod creates with its quota."""
        return self._namespaces

    def _quota(self, team: ComputeQuota) -> Construct:
        quota = self._native_or_function(f"Team-{team.team}", COMPUTE_QUOTA, team.to_request())
        node_of(quota).add_dependency(self.scheduler_config)
        return quota

    def _native_or_function(self, id: str, kind: str, request: dict[str, Any]) -> Construct:
        """The resource of CloudFormation, or that of the function where there is none."""
        region = environment_of(stack_of(self)).region
        scope = Construct(self, id)
        properties = {
            "Name": cdk.Names.unique_resource_name(scope, max_length=63, separator="-"),
            "ClusterArn": self._nodes.cluster.cluster_arn,
            **request,
        }
        if is_unresolved(region):
            self._annotate(_unknown_region(kind))
        elif region not in REGIONS[kind]:
            return self._function.resource(scope, kind, properties)
        resource = cdk.CfnResource(scope, "Resource", type=kind, properties=properties)
        if kind == COMPUTE_QUOTA:
            cdk.Validations.of(resource).acknowledge(
                cdk.Acknowledgment(
                    id="CloudFormation-Validate::F3006",
                    reason="the validator of this CDK does not know the type yet",
                )
            )
        return resource

    @cached_property
    def _function(self) -> GovernanceFunction:
        return GovernanceFunction(
            self,
            "Function",
            cluster_arn=self._nodes.cluster.cluster_arn,
            eks_cluster_arn=self._nodes.eks_cluster_arn,
        )

    def _annotate(self, problems: Sequence[Problem] | Iterator[Problem]) -> None:
        for problem in problems:
            if problem.severity is Severity.WARNING:
                warn(self, problem)


def _hides_amounts(problem: Problem) -> bool:
    """Whether the amounts of quotas cannot be compared with the groups."""
    return (
        problem.severity is Severity.ERROR
        and problem.path.startswith("teams")
        and (
            problem.code == "ArgumentType"
            or ".resources" in problem.path
            or ".sharing" in problem.path
        )
    )


def _unknown_region(kind: str) -> Iterator[Problem]:
    """CloudFormation does not create the resources of task governance in all Regions."""
    yield Problem(
        code="GovernanceRegion",
        path="scope",
        value=kind,
        message="is created by CloudFormation in some Regions only, and the Region of the stack is "
        "unknown",
        fix="specify the Region of the stack: env=cdk.Environment(region=...)",
        severity=Severity.WARNING,
    )
