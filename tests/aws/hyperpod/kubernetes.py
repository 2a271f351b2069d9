"""HyperPod nodes and their EKS cluster: what they require of it, and what HyperPod adds to it.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-install-packages-using-helm-chart.html
and https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
"""

from collections.abc import Iterable

from tests.aws.cloud import Cloud
from tests.aws.eks.control_planes import API_MODES, ControlPlane, existing
from tests.aws.rules.reachability import allows
from tests.aws.services.access_entries import entry

from .cluster import Cluster, Json
from .group_rules import refuse

_BEFORE_NODES = {
    "vpc-cni": "container runtime network not ready: cni plugin not initialized",
    "kube-proxy": "dial tcp 172.20.0.1:443: i/o timeout",
}
_API, _KUBELET = (443, 443), (10250, 10250)
_HEALTH_AGENT = "health-monitoring-agent"
_NODE_ENTRIES = "HYPERPOD_LINUX"
KARPENTER = {
    "hyperpodnodeclasses.karpenter.sagemaker.amazonaws.com": "HyperpodNodeClass",
    "nodepools.karpenter.sh": "NodePool",
}


def control_plane_of(cluster: Cluster) -> tuple[str, ControlPlane] | None:
    """Name and state of the EKS cluster of a HyperPod cluster."""
    eks = cluster.request.get("Orchestrator", {}).get("Eks")
    if eks is None:
        return None
    name = eks["ClusterArn"].rpartition("/")[2]
    return name, existing(name)


def check_kubernetes(cloud: Cloud, cluster: Cluster, others: Iterable[Cluster]) -> None:
    """Refuses an EKS cluster that nodes cannot join."""
    found = control_plane_of(cluster)
    if found is None:
        return
    name, control_plane = found
    for other in others:
        its = control_plane_of(other)
        if its is not None and its[0] == name:
            raise refuse(f"EKS cluster {name} is already the orchestrator of {other.name}")
    if not control_plane.is_complete:
        _check_control_plane(cloud, name, control_plane, cluster)


def _check_control_plane(
    cloud: Cloud, name: str, control_plane: ControlPlane, cluster: Cluster
) -> None:
    if control_plane.mode not in API_MODES:
        raise refuse(f"The authentication mode of EKS cluster {name} must be one of {API_MODES}")
    for group in cluster.groups.values():
        known = control_plane.entries.get(group["ExecutionRole"], {"type": _NODE_ENTRIES})
        if known["type"] != _NODE_ENTRIES:
            raise refuse(
                f"The execution role {group['ExecutionRole']} has an access entry of type "
                f"{known['type']} in EKS cluster {name}"
            )
    if not any(
        release.get(_HEALTH_AGENT, {}).get("enabled")
        for release in control_plane.kubernetes.releases.values()
    ):
        raise refuse(f"The required Helm chart is not installed in EKS cluster {name}")
    _check_traffic(cloud, name, cluster.request["VpcConfig"]["SecurityGroupIds"])
    for add_on, message in _BEFORE_NODES.items():
        if not control_plane.is_active(add_on):
            raise refuse(f"Nodes did not join EKS cluster {name}: {message}")


def join(cloud: Cloud, cluster: Cluster) -> None:
    """Adds the access entries of the nodes, and the kinds of Karpenter."""
    found = control_plane_of(cluster)
    if found is None:
        return
    name, control_plane = found
    for group in cluster.groups.values():
        role = group["ExecutionRole"]
        control_plane.entries.setdefault(role, entry(cloud, name, role, {"type": _NODE_ENTRIES}))
    if cluster.request.get("AutoScaling", {}).get("Mode") == "Enable":
        control_plane.kubernetes.apply(_definition(*each) for each in KARPENTER.items())


def leave(cluster: Cluster) -> None:
    """Removes the access entries of the nodes."""
    found = control_plane_of(cluster)
    for group in cluster.groups.values() if found is not None else ():
        found[1].entries.pop(group["ExecutionRole"], None)  # type: ignore[index]


def _definition(name: str, kind: str) -> Json:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {"names": {"kind": kind}},
    }


def _check_traffic(cloud: Cloud, name: str, nodes: list[str]) -> None:
    """Nodes call the API server, and the control plane the kubelets."""
    config = cloud.client("eks").describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]
    own = [config["clusterSecurityGroupId"], *config["securityGroupIds"]]
    ec2 = cloud.client("ec2")
    for to, peers, ports in ((own, nodes, _API), (nodes, own, _KUBELET)):
        groups = ec2.describe_security_groups(GroupIds=to)["SecurityGroups"]
        rules = [rule for group in groups for rule in group["IpPermissions"]]
        if not allows(rules, peers, ports):
            raise refuse(
                f"Nodes did not join EKS cluster {name}: {', '.join(to)} do not allow TCP "
                f"{ports[0]} from {', '.join(peers)}"
            )
