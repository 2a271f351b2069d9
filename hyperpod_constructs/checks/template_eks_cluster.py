"""The EKS cluster of a HyperPod cluster in a template, and the resources that belong to it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

from .assembly import flat_text
from .template_resources import Resources, UnfollowedError

EKS_CLUSTER = "AWS::EKS::Cluster"
ADD_ON = "AWS::EKS::Addon"
ACCESS_ENTRY = "AWS::EKS::AccessEntry"
HELM_CHART = "Custom::AWSCDK-EKS-HelmChart"


class EksCluster(NamedTuple):
    """What an EKS cluster is known by in a template: its logical ID, its name, or its ARN alone."""

    resources: Resources
    arn: Any
    logical_id: str | None
    name: str | None

    @classmethod
    def of(cls, resources: Resources, arn: Any) -> Self:
        """The EKS cluster of an ARN."""
        with suppress(UnfollowedError):
            logical_id = resources.referred(arn)
            properties = resources.properties(logical_id, EKS_CLUSTER)
            if properties is not None:
                name = properties.get("Name")
                return cls(resources, arn, logical_id, name if isinstance(name, str) else None)
        name = flat_text(arn).rpartition("/")[2]
        return cls(resources, arn, None, name if name and "${" not in name else None)

    def resources_of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Resources of a type that belong to the EKS cluster."""
        with suppress(UnfollowedError):
            for logical_id, properties in self.resources.of_type(kind):
                if self._is_named(properties.get("ClusterName")):
                    yield logical_id, properties

    def _is_named(self, name: object) -> bool:
        if isinstance(name, str):
            return name == self.name
        if name == {"Fn::Select": [1, {"Fn::Split": ["/", self.arn]}]}:
            return True
        try:
            return self.logical_id is not None and self.resources.referred(name) == self.logical_id
        except UnfollowedError:
            return False
