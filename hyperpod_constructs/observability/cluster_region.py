"""The Region of what watches a cluster."""

from collections.abc import Iterator

from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved


def cluster_region_problems(scope: Construct, cluster_arn: str) -> Iterator[Problem]:
    """Events, logs and schedules are in the account and Region of the cluster.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
    """
    environment = environment_of(stack_of(scope))
    here = (environment.account, environment.region)
    if is_unresolved(cluster_arn) or any(map(is_unresolved, here)):
        return
    _, _, _, region, account, _ = cluster_arn.split(":", 5)
    if (account, region) != here:
        yield Problem(
            code="ClusterRegion",
            path="cluster",
            value=cluster_arn,
            message=f"is not in the account {environment.account} and Region {environment.region} "
            "of the stack, which receives none of its events",
            fix="use a stack in the account and Region of the cluster",
            severity=Severity.WARNING,
        )
