"""`AWS::SageMaker::Cluster`."""

from hyperpod_constructs.schema.update import Update
from hyperpod_constructs.schema.update_paths import cluster_paths, values_at
from tests.aws.authorizer import Authorizer
from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.identity import key_of
from tests.aws.front.wire import Call
from tests.aws.hyperpod.operations import GROUP_LISTS, ClusterApi

from .handler import Handler, Request


class ClusterType(Handler):
    """What CloudFormation does with a cluster.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
    """

    def __init__(self, clusters: ClusterApi, authorizer: Authorizer) -> None:
        self._clusters = clusters
        self._authorizer = authorizer

    def create(self, request: Request) -> Made:
        wanted = {"ClusterName": request.name(63), **request.properties}
        self._authorize(request, "CreateCluster", wanted)
        cluster = self._clusters.start(wanted)
        return Made(cluster.arn, {"ClusterArn": cluster.arn, "ClusterStatus": "InService"})

    def settle(self, request: Request, made: Made) -> Made:  # noqa: ARG002
        self._clusters.finish(made.physical_id)
        return made

    def replaces(self, old: Json, new: Json) -> bool:
        return any(
            values_at(old, path) != values_at(new, path) for path in cluster_paths(Update.REPLACES)
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        kept = _names(request.properties)
        removed = [name for name in _names(old) if name not in kept]
        wanted = {
            name: value
            for name, value in request.properties.items()
            if name != "Tags" and (name,) not in cluster_paths(Update.REPLACES)
        }
        if removed:
            wanted["InstanceGroupsToDelete"] = removed
        self._clusters.watch(made.physical_id)
        self._authorize(request, "UpdateCluster", wanted)
        self._clusters.call("UpdateCluster", {**wanted, "ClusterName": made.physical_id})
        return made

    def before_deletion(self, request: Request, made: Made) -> None:  # noqa: ARG002
        self._clusters.watch(made.physical_id)

    def delete(self, request: Request, made: Made) -> None:
        self._authorize(request, "DeleteCluster", {})
        self._clusters.call("DeleteCluster", {"ClusterName": made.physical_id})

    def _authorize(self, request: Request, operation: str, arguments: Json) -> None:
        key = key_of(request.cloud.role)
        self._authorizer.authorize(key, Call("sagemaker", operation, arguments))


def _names(properties: Json) -> list[str]:
    return [
        group["InstanceGroupName"] for kind in GROUP_LISTS for group in properties.get(kind, [])
    ]
