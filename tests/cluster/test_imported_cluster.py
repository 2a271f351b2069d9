"""A cluster that is there already: what it knows of itself."""

from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp


def test_attributes_of_an_imported_cluster(stack: cdk.Stack) -> None:
    cluster = hp.HyperPodCluster.from_cluster_arn(
        stack, "Cluster", "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcde01234yz"
    )

    assert cluster.cluster_id == "abcde01234yz"
    assert (
        cluster.ssm_target("gpu", "i-01234567") == "sagemaker-cluster:abcde01234yz_gpu-i-01234567"
    )
    with pytest.raises(hp.ValidationError, match=r"\(UnknownClusterName\)"):
        _ = cluster.cluster_name
    with pytest.raises(hp.ValidationError, match=r"\(UnknownSecurityGroups\)"):
        _ = cluster.connections
    with pytest.raises(hp.ValidationError, match=r"\(UnknownExecutionRole\)"):
        _ = cluster.grant_principal


@pytest.mark.parametrize(
    "arn", ["my-cluster", "arn:aws:eks:us-west-2:111122223333:cluster/abcde01234yz", None]
)
def test_fails_on_what_is_no_cluster(stack: cdk.Stack, arn: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"cluster_arn: .* \(ClusterArn\)"):
        hp.HyperPodCluster.from_cluster_arn(stack, "Cluster", arn)
