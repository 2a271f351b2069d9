"""Deep health checks that are started on nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartClusterHealthCheck.html
"""

from abc import ABC, abstractmethod

from .cluster import RUNNING, Cluster, Json
from .group_rules import refuse

_CHECKING = ["DeepHealthCheckInProgress", "DeepHealthCheckInProgress", RUNNING]


class HealthChecks(ABC):
    """Operations on the health of nodes."""

    @abstractmethod
    def _cluster(self, identifier: str) -> Cluster: ...

    def _do_StartClusterHealthCheck(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        for each in request["DeepHealthCheckConfigurations"]:
            name = each["InstanceGroupName"]
            if name not in cluster.groups:
                raise refuse(f"Instance group {name} not found in cluster {cluster.name}")
            ids = each.get("InstanceIds", list(cluster.nodes[name]))
            for node in ids:
                if node not in cluster.nodes[name]:
                    raise refuse(f"Instance {node} not found in instance group {name}")
                cluster.nodes[name][node].states = list(_CHECKING)
        return {"ClusterArn": cluster.arn}
