"""Stacks with an EKS cluster that the library creates."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

import hyperpod_constructs as hp

LAYER_ARN = "arn:aws:lambda:us-west-2:111122223333:layer:kubectl:1"
REPOSITORY = "oci://111122223333.dkr.ecr.us-west-2.amazonaws.com/hyperpod-helm-chart"
CHART = hp.HyperPodHelmChart.from_oci(REPOSITORY, version="0.1.0")
SYSTEM = hp.InstanceGroup("system", instance_type="ml.c5.4xlarge", count=2, min_count=1)
GPU = hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=8)


def make_control_plane(stack: cdk.Stack, **settings: Any) -> hp.EksControlPlane:
    return hp.EksControlPlane(
        stack,
        "ControlPlane",
        **{
            "kubernetes_version": "1.34",
            "kubectl_layer": make_layer(stack),
            "helm_chart": CHART,
            **settings,
        },
    )


def make_layer(stack: cdk.Stack) -> lambda_.ILayerVersion:
    return lambda_.LayerVersion.from_layer_version_arn(stack, "Kubectl", LAYER_ARN)


def make_nodes(
    stack: cdk.Stack, control_plane: hp.EksControlPlane, **settings: Any
) -> hp.HyperPodCluster:
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        **{
            "orchestrator": hp.Eks(control_plane),
            "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
            "instance_groups": [SYSTEM, GPU],
            **settings,
        },
    )
