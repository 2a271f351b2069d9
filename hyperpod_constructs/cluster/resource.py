"""`AWS::SageMaker::Cluster`, rendered from the model of a cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from hyperpod_constructs.cdk.construct_tree import node_of, path_of
from hyperpod_constructs.cdk.lazy import lazy_list
from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import RoleReference
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.network.resource_identity import security_group_id
from hyperpod_constructs.network.subnets import id_of
from hyperpod_constructs.permissions.network_interfaces import NodeVpc
from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from hyperpod_constructs.schema.shapes import Properties
from hyperpod_constructs.schema.writer import write_properties

from .l1 import cfn_arguments, cfn_struct, unknown_to_cdk

_Group = TypeVar("_Group", InstanceGroup, RestrictedInstanceGroup)


class ClusterResource:
    """The CloudFormation resource, whose groups are rendered when the template is synthesized.

    Attribute of the object: `cfn_cluster`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Callable[[], ClusterValues],
        subnets: Sequence[ec2.ISubnet],
        security_groups: Sequence[ec2.ISecurityGroup],
    ) -> None:
        """Creates the resource.

        Args:
            scope: Scope of the resource.
            id: Id in the scope.
            model: Returns the cluster with all groups so far.
            subnets: Subnets of the cluster.
            security_groups: Security groups of the cluster.
        """
        self._resolved = False
        self._path = path_of(scope)
        self._model = model
        self._subnet_ids = [id_of(subnet) for subnet in subnets]
        self._security_group_ids = [security_group_id(group) for group in security_groups]
        self._role_arns: dict[str, str] = {}
        self._dependencies: dict[IDependable, bool] = {}
        written = self._written(instance_groups=(), restricted_instance_groups=())
        self.cfn_cluster = sagemaker.CfnCluster(
            scope,
            id,
            **cfn_arguments(CLUSTER.properties, written),
            instance_groups=lazy_list(self._instance_groups),
            restricted_instance_groups=lazy_list(self._restricted_instance_groups)
            if model().restricted_instance_groups
            else None,
        )
        self._override(CLUSTER.properties, written)

    def node_vpc(self, vpc: ec2.IVpc) -> NodeVpc:
        """The VPC of the nodes, with the subnets and security groups of the cluster."""
        return NodeVpc(
            vpc_id=vpc.vpc_id,
            subnet_ids=self._subnet_ids,
            security_group_ids=self._security_group_ids,
        )

    def depend_on(self, *dependencies: IDependable) -> None:
        """Has the cluster depend on other resources, with the next call of `add_dependencies`."""
        for each in dependencies:
            self._dependencies.setdefault(each, False)

    def add_dependencies(self) -> None:
        """Adds all new dependencies in one call to Node.js."""
        new = [each for each, is_added in self._dependencies.items() if not is_added]
        if new:
            self._dependencies.update(dict.fromkeys(new, True))
            node_of(self.cfn_cluster).add_dependency(*new)

    def add(self, group: InstanceGroup | RestrictedInstanceGroup, execution_role_arn: str) -> None:
        """Registers a group and its role."""
        self._role_arns[group.name] = execution_role_arn
        if isinstance(group, InstanceGroup) and group.image_release_version is not None:
            self._acknowledge("ImageReleaseVersion")

    def mark_resolved(self) -> None:
        """Reports that no group can be added, since the template depends on the groups already."""
        self._resolved = True

    def resolved_problems(self) -> Iterator[Problem]:
        """Groups must be added before the S3 URI of the scripts is resolved."""
        if self._resolved:
            yield Problem(
                code="ClusterResolved",
                path="instance_group",
                value=self._path,
                message="has been resolved, and a group added now would not be deployed",
                fix="add all groups before app.synth() and stack.resolve()",
            )

    def _instance_groups(self) -> list[Any]:
        self.mark_resolved()
        groups = [self._with_role(group) for group in self._model().instance_groups]
        written = self._written(instance_groups=groups, restricted_instance_groups=())
        return self._structs("InstanceGroups", INSTANCE_GROUP.properties, written)

    def _restricted_instance_groups(self) -> list[Any]:
        groups = [self._with_role(group) for group in self._model().restricted_instance_groups]
        written = self._written(instance_groups=(), restricted_instance_groups=groups)
        return self._structs(
            "RestrictedInstanceGroups", RESTRICTED_INSTANCE_GROUP.properties, written
        )

    def _written(self, **groups: Any) -> dict[str, Any]:
        """The properties of the cluster, with the ids of its network."""
        return write_properties(
            replace(
                self._model(),
                subnets=[Subnet(subnet_id=subnet_id) for subnet_id in self._subnet_ids],
                security_group_ids=self._security_group_ids,
                **groups,
            )
        )

    def _with_role(self, group: _Group) -> _Group:
        return replace(group, execution_role=RoleReference(self._role_arns[group.name]))

    def _structs(self, name: str, properties: Properties, written: Mapping[str, Any]) -> list[Any]:
        groups = written.get(name, [])
        for index, group in enumerate(groups):
            self._override(properties, group, name, str(index))
        return [cfn_struct(properties, group) for group in groups]

    def _override(self, properties: Properties, written: Mapping[str, Any], *outer: str) -> None:
        """Adds the properties that this version of aws-cdk-lib drops."""
        for path, value in unknown_to_cdk(properties, written, *outer):
            self.cfn_cluster.add_property_override(path, value)
            self._acknowledge(path.rpartition(".")[2])

    def _acknowledge(self, name: str) -> None:
        cdk.Validations.of(self.cfn_cluster).acknowledge(
            cdk.Acknowledgment(
                id="CloudFormation-Validate::F3002",
                reason=f"the validator of this CDK does not know {name} yet",
            )
        )
