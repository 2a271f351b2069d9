"""Task governance: the policy of a cluster, and the compute of teams.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateClusterSchedulerConfig.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateComputeQuota.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-setup.html
"""

import secrets
import string
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from tests.aws.eks.control_planes import ControlPlane
from tests.aws.front.errors import ServiceError

from .cluster import Cluster, Json, now
from .group_rules import refuse
from .kubernetes import control_plane_of

ADD_ON = "amazon-sagemaker-hyperpod-taskgovernance"
POLICY, QUOTA = "ClusterSchedulerConfig", "ComputeQuota"
_MUTABLE = {
    POLICY: ("SchedulerConfig", "Description"),
    QUOTA: ("ComputeQuotaConfig", "ComputeQuotaTarget", "ActivationState", "Description"),
}
_ARN = {POLICY: "cluster-scheduler-config", QUOTA: "compute-quota"}
_WORKING = {"Creating": "Created", "Updating": "Updated"}


@dataclass
class Governance(ABC):
    """Operations on task governance.

    Attributes:
        governed: Policies and quotas by ID, as their Describe operations answer.
    """

    governed: dict[str, Json] = field(default_factory=dict, kw_only=True)

    @abstractmethod
    def find(self, identifier: str) -> Cluster | None: ...

    def _do_CreateClusterSchedulerConfig(self, request: Json) -> Json:  # noqa: N802
        self._governed_cluster(request["ClusterArn"])
        if any(each["ClusterArn"] == request["ClusterArn"] for each in self._of(POLICY)):
            raise ServiceError(
                "ConflictException", "A cluster policy already exists for this cluster."
            )
        return self._create(POLICY, request)

    def _do_CreateComputeQuota(self, request: Json) -> Json:  # noqa: N802
        cluster, control_plane = self._governed_cluster(request["ClusterArn"])
        team = request["ComputeQuotaTarget"]["TeamName"]
        for each in self._of(QUOTA):
            if each["ClusterArn"] == cluster.arn and team == each["ComputeQuotaTarget"]["TeamName"]:
                raise ServiceError("ConflictException", f"Team {team} already has a quota.")
        _check_types(cluster, request)
        control_plane.kubernetes.namespaces.add(f"hyperpod-ns-{team}")
        return self._create(QUOTA, {"ActivationState": "Enabled", **request})

    def _do_UpdateClusterSchedulerConfig(self, request: Json) -> Json:  # noqa: N802
        return self._update(POLICY, request)

    def _do_UpdateComputeQuota(self, request: Json) -> Json:  # noqa: N802
        found = self._governed(QUOTA, request)
        target: Json = request.get("ComputeQuotaTarget") or found["ComputeQuotaTarget"]
        if target["TeamName"] != found["ComputeQuotaTarget"]["TeamName"]:
            raise refuse("TeamName cannot be updated")
        cluster = self.find(found["ClusterArn"])
        if cluster is not None:
            _check_types(cluster, {**found, **request})
        return self._update(QUOTA, request)

    def _do_DescribeClusterSchedulerConfig(self, request: Json) -> Json:  # noqa: N802
        return self._describe(POLICY, request)

    def _do_DescribeComputeQuota(self, request: Json) -> Json:  # noqa: N802
        return self._describe(QUOTA, request)

    def _do_DeleteClusterSchedulerConfig(self, request: Json) -> Json:  # noqa: N802
        return self._delete(POLICY, request)

    def _do_DeleteComputeQuota(self, request: Json) -> Json:  # noqa: N802
        return self._delete(QUOTA, request)

    def _do_ListClusterSchedulerConfigs(self, request: Json) -> Json:  # noqa: N802, ARG002
        return {"ClusterSchedulerConfigSummaries": self._summaries(POLICY)}

    def _do_ListComputeQuotas(self, request: Json) -> Json:  # noqa: N802, ARG002
        target = ("ComputeQuotaTarget",)
        return {"ComputeQuotaSummaries": self._summaries(QUOTA, *target)}

    def _governed_cluster(self, arn: str) -> tuple[Cluster, ControlPlane]:
        cluster = self.find(arn)
        if cluster is None:
            raise ServiceError("ResourceNotFound", f"Cluster {arn} not found.")
        found = control_plane_of(cluster)
        if found is None:
            raise refuse(f"Cluster {cluster.name} is not orchestrated by EKS")
        name, control_plane = found
        if not control_plane.is_active(ADD_ON):
            raise refuse(f"The add-on {ADD_ON} is not installed in EKS cluster {name}")
        return cluster, control_plane

    def _of(self, kind: str) -> list[Json]:
        return [each for each in self.governed.values() if f"{kind}Id" in each]

    def _create(self, kind: str, request: Json) -> Json:
        cluster = self.find(request["ClusterArn"])
        assert cluster is not None
        home = cluster.arn.rpartition(":")[0]
        name = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))
        self.governed[name] = {
            **{key: value for key, value in request.items() if key != "Tags"},
            f"{kind}Id": name,
            f"{kind}Arn": f"{home}:{_ARN[kind]}/{name}",
            f"{kind}Version": 1,
            "Status": "Creating",
            "CreationTime": now(),
        }
        return {key: self.governed[name][key] for key in (f"{kind}Id", f"{kind}Arn")}

    def _update(self, kind: str, request: Json) -> Json:
        found = self._governed(kind, request)
        if request["TargetVersion"] != found[f"{kind}Version"]:
            raise ServiceError(
                "ConflictException",
                f"TargetVersion {request['TargetVersion']} is not the current version "
                f"{found[f'{kind}Version']}.",
            )
        if found["Status"] in _WORKING:
            raise ServiceError("ConflictException", f"{kind} is {found['Status']}.")
        found |= {key: value for key, value in request.items() if key in _MUTABLE[kind]}
        found |= {f"{kind}Version": found[f"{kind}Version"] + 1, "Status": "Updating"}
        return {key: found[key] for key in (f"{kind}Arn", f"{kind}Version")}

    def _describe(self, kind: str, request: Json) -> Json:
        found = self._governed(kind, request)
        found["Status"] = _WORKING.get(found["Status"], found["Status"])
        return dict(found)

    def _delete(self, kind: str, request: Json) -> Json:
        del self.governed[self._governed(kind, request)[f"{kind}Id"]]
        return {}

    def _governed(self, kind: str, request: Json) -> Json:
        name = request[f"{kind}Id"]
        if name not in self.governed:
            raise ServiceError("ResourceNotFound", f"{kind} with ID {name} does not exist.")
        return self.governed[name]

    def _summaries(self, kind: str, *more: str) -> list[Json]:
        shown = ("Name", "Status", "CreationTime", "ClusterArn", *more)
        own = tuple(f"{kind}{suffix}" for suffix in ("Id", "Arn", "Version"))
        return [{key: each[key] for key in (*shown, *own)} for each in self._of(kind)]


def _check_types(cluster: Cluster, request: Json) -> None:
    known = {
        each
        for group in cluster.groups.values()
        for each in group.get("InstanceRequirements", {}).get(
            "InstanceTypes", [group.get("InstanceType")]
        )
    }
    for resource in request["ComputeQuotaConfig"].get("ComputeQuotaResources", []):
        if resource["InstanceType"] not in known:
            raise refuse(
                f"Instance type {resource['InstanceType']} is not in cluster {cluster.name}"
            )
