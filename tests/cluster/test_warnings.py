"""What is doubtful is a warning, said once."""

import json

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS, LOGIN, make_cluster, make_vpc


def test_warnings_are_annotations_said_once(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    cluster = make_cluster(
        stack, vpc=vpc, security_groups=[ec2.SecurityGroup(stack, "Plain", vpc=vpc)]
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker("w", instance_type="ml.c5.xlarge", partition="dev")
    )
    cluster.add_instance_group(LOGIN)

    annotations = Annotations.from_stack(stack)
    found = annotations.find_warning("*", Match.string_like_regexp("as EFA requires|AutomaticP"))
    assert len(found) == 2
    assert "hyperpod-constructs:EfaSecurityGroup" in json.dumps(
        [str(message.entry.data) for message in found]
    )


def test_what_a_later_group_mends_is_no_warning(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack, instance_groups=GROUPS[:1])
    cluster.add_instance_group(GROUPS[1])

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_a_good_cluster_has_no_warning(stack: cdk.Stack) -> None:
    make_cluster(stack)

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())
