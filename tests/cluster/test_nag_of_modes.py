"""What cdk-nag says of the clusters of every mode, beyond the sample app."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest

from tests.clusters import every_mode

ACCEPTED = {
    "AwsSolutions-IAM4": "the role of CDK's handler that uploads to S3",
    "AwsSolutions-IAM5": "ARNs end in * where the name is not known before; * alone only where IAM "
    "scopes nothing, which test_execution_role.py holds against the authorization data",
    "AwsSolutions-L1": "the handler of CDK that uploads to S3",
    "AwsSolutions-S1": "access logs of the bucket are the user's to place",
    "AwsSolutions-RDS11": "the form has no place for a port, so it is the default one",
    "AwsSolutions-SMG4": "slurmdbd reads the password when its node starts, so it does not rotate",
}
OF_THE_TEST = {
    "AwsSolutions-KMS5": "the key is the test's own",
    "AwsSolutions-RDS3": "the database is the test's own",
    "AwsSolutions-RDS10": "the database is the test's own",
    "AwsSolutions-VPC7": "the VPC is the test's own",
}


@pytest.mark.parametrize("make", [every_mode.continuous, every_mode.on_eks, every_mode.multi_head])
def test_every_finding_has_a_reason(stack: cdk.Stack, make: Callable[[cdk.Stack], Any]) -> None:
    make(stack)

    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    found = {violation.rule_name.partition("[")[0] for violation in report.violations}
    own = {} if make is every_mode.multi_head else OF_THE_TEST

    assert found - ACCEPTED.keys() - own.keys() == set()


def test_every_reason_is_needed(stack: cdk.Stack) -> None:
    every_mode.multi_head(stack)

    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    assert {violation.rule_name.partition("[")[0] for violation in report.violations} == set(
        ACCEPTED
    )
