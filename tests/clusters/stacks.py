"""Small clusters in a stack, to be changed by a test."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

import hyperpod_constructs as hp
from sample_app.training_stack import TrainingStack
from tests.synth import CONTEXT

from .requests import EKS_ARN
from .values import LUSTRE, OPENZFS

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
SEVERAL_CONTROLLERS = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2)
LOGIN = hp.InstanceGroup.login(instance_type="ml.m5.large")
WORKER = hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu")
GPU = hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", count=2)
GROUPS = [CONTROLLER, WORKER]
PAIR = [SEVERAL_CONTROLLERS, WORKER]
DNS_NAME = LUSTRE.dns_name
HOME_DNS_NAME = OPENZFS.dns_name


def make_cluster(stack: cdk.Stack, id: str = "Cluster", **settings: Any) -> hp.HyperPodCluster:
    """Slurm with a form, unless the settings say otherwise."""
    return hp.HyperPodCluster(stack, id, **{"instance_groups": GROUPS, **settings})


def make_api_driven(stack: cdk.Stack, **settings: Any) -> hp.HyperPodCluster:
    """Slurm with its topology in the request."""
    return make_cluster(stack, **{"orchestrator": hp.ApiDrivenSlurm(), **settings})


def make_eks(stack: cdk.Stack, **settings: Any) -> hp.HyperPodCluster:
    """Nodes of an EKS cluster that is known by its ARN."""
    return make_cluster(
        stack,
        **{
            "orchestrator": hp.Eks(hp.EksClusterReference(EKS_ARN)),
            "vpc": make_vpc(stack),
            "instance_groups": [GPU],
            **settings,
        },
    )


def make_vpc(stack: cdk.Stack, **settings: Any) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", **{"max_azs": 2, "nat_gateways": 1, **settings})


def make_sample(outdir: Path) -> TrainingStack:
    """The sample app."""
    app = cdk.App(context=CONTEXT, outdir=str(outdir))
    return TrainingStack(app, "HyperPodSample")
