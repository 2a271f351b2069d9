"""The HyperPod cluster.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from .arguments import ROLE, SECURITY_GROUP, VPC, check, each, group_problems, needed, optional
from .callbacks import AtSynthesis, lazy_list
from .cfn_instance_group import cfn_instance_group
from .cluster_base import HyperPodClusterBase, IHyperPodCluster, ImportedCluster
from .file_systems import FileSystem
from .lifecycle import LifecycleScripts
from .lifecycle_delivery import LifecycleDelivery
from .model.cluster_model import ClusterModel
from .model.errors import Problem
from .model.instance_group import InstanceGroup
from .model.orchestrator import Slurm
from .model.provisioning_params import ProvisioningParams
from .model.resiliency import NodeRecovery
from .network import (
    ClusterNetwork,
    EfaSecurityGroup,
    allow_from_nodes,
    network_dependencies,
    node_subnets,
    own_subnet_facts,
    subnet_facts,
)
from .node_roles import NodeRoles


class HyperPodCluster(HyperPodClusterBase):
    """A HyperPod cluster with its scripts, roles and network.

    The instance groups are described once. The CloudFormation resource, the form
    `provisioning_params.json`, the roles and the checks are made from them, so they agree.
    """

    @staticmethod
    def from_cluster_arn(scope: Construct, id: str, cluster_arn: str) -> IHyperPodCluster:
        """A cluster that is there already, of which only the ARN is known.

        Args:
            scope: Construct to import it in.
            id: Id in that construct.
            cluster_arn: ARN of the cluster.

        Raises:
            ValidationError: `ClusterArn`.
        """
        return HyperPodCluster.from_cluster_attributes(scope, id, cluster_arn=cluster_arn)

    @staticmethod
    def from_cluster_attributes(
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        cluster_name: str | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        execution_role: iam.IRole | None = None,
    ) -> IHyperPodCluster:
        """A cluster that is there already.

        Args:
            scope: Construct to import it in.
            id: Id in that construct.
            cluster_arn: ARN of the cluster.
            cluster_name: Name of the cluster. `cluster_name` and `log_group_name` raise when left
                out, since the ARN does not hold it.
            security_groups: Security groups of the nodes. `connections` raises when left out.
            execution_role: Role of the nodes. `grant_principal` raises when left out.

        Raises:
            ValidationError: `ClusterArn`, `ArgumentType`.
        """
        return ImportedCluster(
            scope,
            id,
            cluster_arn=cluster_arn,
            cluster_name=cluster_name,
            security_groups=security_groups,
            execution_role=execution_role,
        )

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        instance_groups: Sequence[InstanceGroup],
        cluster_name: str | None = None,
        orchestrator: Slurm = Slurm(),
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        execution_role: iam.IRole | None = None,
        source_account_condition: bool = False,
        lifecycle_scripts: LifecycleScripts | None = None,
        file_systems: Sequence[FileSystem] = (),
        node_recovery: NodeRecovery = NodeRecovery.AUTOMATIC,
    ) -> None:
        """Makes the cluster.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            instance_groups: Groups of the cluster: for Slurm one controller, at most one login
                group, and workers.
            cluster_name: Name of the cluster. CloudFormation chooses one when left out. A cluster
                with a name of its own can not be replaced, only deleted and made again.
            orchestrator: What schedules jobs. Slurm, told of its topology by
                `provisioning_params.json`, by default.
            vpc: VPC of the nodes. A `ClusterNetwork` is made when left out. Changing it replaces
                the cluster.
            vpc_subnets: Subnets of the nodes. The first private subnet of the VPC when left out,
                since a cluster lives in one availability zone.
            security_groups: Security groups of the nodes, each with all traffic to and from
                itself. An `EfaSecurityGroup` is made when left out.
            execution_role: Role of all nodes. An `ExecutionRole` for each node type is made when
                left out. A role of your own is granted the lifecycle scripts, the secrets and
                buckets of their steps, and the keys of volumes, and needs the rest already.
            source_account_condition: As for `ExecutionRole`, whose trust policy it is about.
            lifecycle_scripts: What nodes run when they are created. `LifecycleScripts.default()`
                when left out.
            file_systems: What every node mounts. Nothing by default.
            node_recovery: What happens to a faulty node. It is rebooted or replaced by default.

        Raises:
            ValidationError: With every problem of the arguments. The codes are `ArgumentType` and
                those of the rules of `ClusterModel`.
        """
        scripts = LifecycleScripts.default() if lifecycle_scripts is None else lifecycle_scripts
        check(
            optional("vpc", vpc, VPC),
            optional("vpc_subnets", vpc_subnets, ec2.SubnetSelection),
            each("security_groups", security_groups, SECURITY_GROUP),
            optional("execution_role", execution_role, ROLE),
            needed("lifecycle_scripts", scripts, LifecycleScripts),
            each("file_systems", file_systems, FileSystem),
            each("instance_groups", instance_groups, InstanceGroup),
            group_problems(instance_groups),
            _trust_problems(execution_role, source_account_condition),
        )
        subnets = [] if vpc is None else node_subnets(vpc, vpc_subnets)
        model = ClusterModel(
            instance_groups=tuple(instance_groups),
            cluster_name=cluster_name,
            orchestrator=orchestrator,
            file_systems=tuple(file_system.mount for file_system in file_systems),
            subnets=None if vpc is None else subnet_facts(vpc, subnets),
            own_subnets=None if vpc is None else own_subnet_facts(vpc, instance_groups),
            vpc_arguments=[
                name
                for name, value in {
                    "vpc_subnets": vpc_subnets,
                    "security_groups": security_groups,
                }.items()
                if value
            ],
            node_recovery=node_recovery,
            scripts=scripts.folder,
            steps=scripts.steps,
        )
        model.check()

        super().__init__(scope, id)
        self._warned: set[str] = set()
        self._model = model
        self._form = model.form()
        self.node.add_validation(AtSynthesis(self._warn))
        if vpc is None:
            network = ClusterNetwork(self, "Network")
            vpc, subnets = network.vpc, [network.subnet]
            security_groups = [network.security_group]
        self._vpc = vpc
        self._connections = ec2.Connections(
            security_groups=list(security_groups)
            or [EfaSecurityGroup(self, "SecurityGroup", vpc=vpc)]
        )
        self._connected: list[ec2.ISecurityGroup] = []
        own_groups = self._connections.security_groups
        self._security_group_ids = [group.security_group_id for group in own_groups]
        self._subnet_ids = [subnet.subnet_id for subnet in subnets]
        self._delivery = LifecycleDelivery(
            self, "Lifecycle", scripts=scripts, form=lambda: self._form
        )
        self._on_create = scripts.on_create
        self._role_arns: dict[str, str] = {}
        self._resolved = False
        self._resource = sagemaker.CfnCluster(
            self,
            "Resource",
            cluster_name=cluster_name,
            instance_groups=lazy_list(self._render_instance_groups),
            node_recovery=str(node_recovery),
            vpc_config=sagemaker.CfnCluster.VpcConfigProperty(
                security_group_ids=self._security_group_ids, subnets=self._subnet_ids
            ),
        )
        self._arn = self._resource.ref
        self._roles = NodeRoles(
            self,
            "ExecutionRoles",
            model=self._model,
            given_role=execution_role,
            dependent=self._resource,
            source_account_condition=source_account_condition,
            lifecycle_bucket=self._delivery.bucket,
            lifecycle_prefix=self.lifecycle_prefix,
        )
        self._depend_on(self._delivery.uploaded, *network_dependencies(vpc, subnets))
        self._file_systems = [
            (
                file_system.resolve_security_groups(self, f"FileSystem{index}Group"),
                file_system.ports,
            )
            for index, file_system in enumerate(file_systems)
        ]
        self._use_security_groups(own_groups)
        for group in self._model.instance_groups:
            self._prepare(group)

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""
        return self._arn

    @property
    def vpc(self) -> ec2.IVpc:
        """VPC of the nodes."""
        return self._vpc

    @property
    def lifecycle_bucket(self) -> s3.IBucket:
        """Bucket of the lifecycle scripts and the form."""
        return self._delivery.bucket

    @property
    def lifecycle_prefix(self) -> str:
        """Key prefix below which all that the nodes read lies, whatever the digest."""
        return self._delivery.cluster_prefix

    @property
    def execution_roles(self) -> Mapping[str, iam.IRole]:
        """Role of the nodes by node type: `controller`, `login`, `worker`."""
        return self._roles.by_type

    @property
    def provisioning_params(self) -> ProvisioningParams:
        """The form as nodes will find it, of the groups so far."""
        return self._form

    @property
    def required_quotas(self) -> Mapping[str, int]:
        """Service quotas the cluster needs: name of the quota and number of instances."""
        return self._model.required_quotas()

    @property
    def connections(self) -> ec2.Connections:
        """What the nodes may connect to, and who may connect to them."""
        return self._connections

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The roles of all nodes, to grant them something."""
        return self._roles.grant_principal

    def add_instance_group(self, instance_group: InstanceGroup) -> InstanceGroup:
        """Adds a group.

        Args:
            instance_group: The group.

        Returns:
            The group.

        Raises:
            ValidationError: As the constructor says, or `ClusterResolved` when the groups have been
                resolved already, as `app.synth()` does; the cluster stays as it was.
        """
        index = len(self._model.instance_groups)
        check(
            needed("instance_group", instance_group, InstanceGroup),
            group_problems([instance_group], index),
            self._resolved_problems(),
        )
        groups = (*self._model.instance_groups, instance_group)
        model = replace(
            self._model,
            instance_groups=groups,
            own_subnets=[
                *(self._model.own_subnets or ()),
                *own_subnet_facts(self._vpc, [instance_group]),
            ],
            scripts=None,
        )
        model.check()
        self._model = model
        self._form = model.form()
        self._prepare(instance_group)
        return instance_group

    @property
    def _known_name(self) -> str | None:
        return self._model.cluster_name

    def _prepare(self, group: InstanceGroup) -> None:
        self._role_arns[group.name] = self._roles.arn_for(group)
        own_groups = [sg for sg in group.security_groups if sg not in self._connected]
        if own_groups:
            allow_from_nodes(own_groups, self._connected, [ec2.Port.all_traffic()])
            allow_from_nodes(self._connected, own_groups, [ec2.Port.all_traffic()])
            self._connections.add_security_group(*own_groups)
            self._use_security_groups(own_groups)
        if group.subnet is not None:
            self._depend_on(group.subnet.internet_connectivity_established)

    def _use_security_groups(self, security_groups: Sequence[ec2.ISecurityGroup]) -> None:
        self._connected += security_groups
        self._depend_on(*security_groups)
        for file_system_groups, ports in self._file_systems:
            allow_from_nodes(file_system_groups, security_groups, ports)
            self._depend_on(*file_system_groups)
        if not all(isinstance(group, EfaSecurityGroup) for group in security_groups):
            self._annotate(
                "EfaSecurityGroup",
                "security_groups: EFA needs a rule for all traffic from the group itself and one "
                "for all traffic to it, which a default ec2.SecurityGroup drops; check them, or "
                "use EfaSecurityGroup",
            )

    def _render_instance_groups(
        self,
    ) -> list[sagemaker.CfnCluster.ClusterInstanceGroupProperty]:
        self._resolved = True
        life_cycle_config = sagemaker.CfnCluster.ClusterLifeCycleConfigProperty(
            source_s3_uri=self._delivery.source_s3_uri(), on_create=self._on_create
        )
        return [
            cfn_instance_group(
                group,
                execution_role_arn=self._role_arns[group.name],
                life_cycle_config=life_cycle_config,
                security_group_ids=self._security_group_ids,
                subnet_ids=self._subnet_ids,
            )
            for group in self._model.instance_groups
        ]

    def _resolved_problems(self) -> Iterator[Problem]:
        if self._resolved:
            yield Problem(
                code="ClusterResolved",
                path="instance_group",
                value=self.node.path,
                message="is a cluster whose groups have been resolved, so another would be lost",
                fix="add all groups before app.synth() and stack.resolve()",
            )

    def _depend_on(self, *dependencies: IDependable) -> None:
        self._resource.node.add_dependency(*dependencies)

    def _warn(self) -> None:
        for problem in self._model.check():
            self._annotate(problem.code, str(problem))

    def _annotate(self, code: str, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            cdk.Annotations.of(self).add_warning_v2(f"hyperpod-constructs:{code}", text)


def _trust_problems(role: iam.IRole | None, source_account_condition: bool) -> Iterator[Problem]:
    if role is not None and source_account_condition:
        yield Problem(
            code="SourceAccountCondition",
            path="source_account_condition",
            value=source_account_condition,
            message="is about roles that the cluster makes, and execution_role was given",
            fix="leave it out here, and pass it to ExecutionRole",
        )
