"""An EKS cluster that the app creates as a resource, and passes by its ARN."""

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of
from hyperpod_constructs.model.kubernetes.eks_prerequisites import DEFAULT_MODE
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.network.resource_identity import referenced

_TYPE = "AWS::EKS::Cluster"


def eks_resource(cluster: object) -> Any | None:
    """The `aws_eks.CfnCluster` whose ARN is passed, if it is one of this app."""
    if not isinstance(cluster, EksClusterReference):
        return None
    resource = referenced(cluster.cluster_arn)
    if isinstance(resource, cdk.CfnResource) and resource.cfn_resource_type == _TYPE:
        return resource
    return None


def authentication_mode(resource: Any) -> str:
    """How IAM principals get access to the EKS cluster."""
    access = stack_of(resource).resolve(resource.access_config) or {}
    mode = access.get("authenticationMode", DEFAULT_MODE)
    return mode if isinstance(mode, str) else ""


def kubernetes_version(cluster: object) -> str | None:
    """Version of Kubernetes of an EKS cluster that is created in this app as a resource, if known."""
    resource = eks_resource(cluster)
    if resource is None and isinstance(cluster, Construct):
        resource = node_of(cluster).default_child
    if not isinstance(resource, cdk.CfnResource) or resource.cfn_resource_type != _TYPE:
        return None
    version = getattr(resource, "version", None)
    return version if isinstance(version, str) else None
