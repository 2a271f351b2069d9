"""A file system that can have EFA, and a group that has it."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx

import hyperpod_constructs as hp

P5 = hp.InstanceGroup.worker("gpu", instance_type="ml.p5.48xlarge", partition="gpu")


def lustre_with_efa(
    stack: cdk.Stack, network: hp.ClusterNetwork, **configuration: Any
) -> fsx.CfnFileSystem:
    """A file system in the network, with a security group of its own."""
    kind = fsx.CfnFileSystem
    return kind(
        stack,
        "Scratch",
        file_system_type="LUSTRE",
        storage_capacity=4800,
        subnet_ids=[network.subnet.subnet_id],
        security_group_ids=[hp.EfaSecurityGroup(stack, "Fsx", vpc=network.vpc).security_group_id],
        lustre_configuration=kind.LustreConfigurationProperty(
            **{
                "deployment_type": "PERSISTENT_2",
                "per_unit_storage_throughput": 1000,
                **configuration,
            }
        ),
    )
