"""What cdk-nag says of EKS clusters, each finding with its reason."""

import aws_cdk as cdk
import cdk_nag
import pytest

import hyperpod_constructs as hp

from .stacks import CHART, make_control_plane, make_nodes

ACCEPTED = {
    "AwsSolutions-IAM4": "roles of EKS, of the functions of CDK that run kubectl, and of its upload",
    "AwsSolutions-IAM5": "ARNs end in * where the name is not known before, and in policies of CDK's "
    "functions",
    "AwsSolutions-L1": "functions of CDK",
    "AwsSolutions-S1": "access logs of the bucket are the user's to place",
}


OF_ISOLATED = {
    "AwsSolutions-EC23": "cdk-nag does not know the addresses of the VPC, which are tokens"
}


@pytest.mark.parametrize("isolated", [False, True])
def test_every_finding_has_a_reason(stack: cdk.Stack, *, isolated: bool) -> None:
    mirror = hp.ImageMirror("111122223333.dkr.ecr.us-west-2.amazonaws.com")
    chart = hp.HyperPodHelmChart.from_oci(CHART.repository or "", version="1", images=mirror)
    cluster = make_nodes(stack, make_control_plane(stack, isolated=isolated, helm_chart=chart))
    hp.TaskGovernance(stack, "Governance", cluster=cluster, teams=[hp.ComputeQuota("research")])

    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    assert {each.rule_name.partition("[")[0] for each in report.violations} == {
        *ACCEPTED,
        *(OF_ISOLATED if isolated else ()),
    }
