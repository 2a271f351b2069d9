"""Checks of clusters that exist: the name of the cluster, and the EKS cluster that orchestrates it."""

from collections.abc import Iterator

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .outcome import Result, failed, ok, warning
from .planned import Planned

_OLDEST, _NEWEST = (1, 30), (1, 35)
_MODES = ("API", "API_AND_CONFIG_MAP")
_ADD_ONS = ("vpc-cni", "kube-proxy", "coredns")


@check("ClusterNameFree", "sagemaker:DescribeCluster")
def free_name(planned: Planned, reads: Reads) -> Iterator[Result]:
    """A cluster of the name must not exist, unless the deployment updates it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
    """
    if planned.name is None:
        return
    found = reads.find("sagemaker", "describe_cluster", ClusterName=planned.name)
    if found is None:
        yield ok(planned.name, "is not the name of a cluster yet")
    else:
        yield warning(
            planned.name,
            f"is a cluster with status {found['ClusterStatus']}; its nodes count as those of this one",
            "if the deployment does not update it, choose another name",
        )


@check("EksCluster", "ec2:DescribeSubnets", "eks:DescribeCluster")
def eks_cluster(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The EKS cluster must be active, with a supported version and authentication mode, in the VPC.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
    """
    if planned.eks_cluster is None:
        return
    name = planned.eks_cluster.rpartition("/")[2]
    answer = reads.find("eks", "describe_cluster", name=name)
    if answer is None:
        yield failed(name, "does not exist in the account and Region", "verify the ARN")
        return
    cluster = answer["cluster"]
    if cluster["status"] not in {"ACTIVE", "UPDATING"}:
        yield failed(name, f"is {cluster['status']}", "wait until it is ACTIVE")
    yield _version(name, cluster["version"])
    mode = cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
    if mode in _MODES:
        yield ok(name, f"has the authentication mode {mode}")
    else:
        yield failed(name, f"has the authentication mode {mode}", f"use {' or '.join(_MODES)}")
    vpcs = {each["VpcId"] for each in reads.subnets(planned.subnets).values()}
    own = cluster.get("resourcesVpcConfig", {}).get("vpcId")
    if vpcs and own and vpcs != {own}:
        yield failed(name, f"is in {own}, and nodes in {', '.join(sorted(vpcs))}", "use one VPC")


@check("EksAddOns", "eks:ListAddons")
def add_ons(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The EKS cluster requires the VPC CNI, kube-proxy and CoreDNS. Those of Helm are not seen.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
    """
    if planned.eks_cluster is None:
        return
    name = planned.eks_cluster.rpartition("/")[2]
    answer = reads.find("eks", "list_addons", clusterName=name)
    if answer is None:
        return
    missing = [each for each in _ADD_ONS if each not in answer["addons"]]
    if missing:
        fix = "install them, unless another tool has"
        yield warning(name, f"has no add-on {', '.join(missing)}", fix)
    else:
        yield ok(name, f"has the add-ons {', '.join(_ADD_ONS)}")


def _version(name: str, text: str) -> Result:
    major, _, minor = text.partition(".")
    version = int(major), int(minor)
    supported = f"{_OLDEST[0]}.{_OLDEST[1]} to {_NEWEST[0]}.{_NEWEST[1]}"
    if version < _OLDEST:
        return failed(name, f"has Kubernetes {text}", f"update it; HyperPod supports {supported}")
    if version > _NEWEST:
        return warning(name, f"has Kubernetes {text}", f"HyperPod is known to support {supported}")
    return ok(name, f"has Kubernetes {text}")
