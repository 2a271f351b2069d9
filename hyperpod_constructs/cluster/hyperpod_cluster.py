"""The HyperPod cluster.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from hyperpod_constructs.cdk.lazy import SynthesisHook
from hyperpod_constructs.cdk.object_checks import check, required
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.resiliency import NodeRecovery
from hyperpod_constructs.model.groups.restricted_instance_group import (
    RestrictedInstanceGroup,
    SharedEnvironment,
)
from hyperpod_constructs.model.node_provisioning import (
    AutoScaling,
    NodeProvisioningMode,
    TieredStorage,
)
from hyperpod_constructs.model.orchestrator import Orchestrator, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.network.cluster_network import ClusterNetwork
from hyperpod_constructs.network.efa_security_group import EfaSecurityGroup
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.node_connections import NodeConnections
from hyperpod_constructs.network.subnets import VpcSubnets
from hyperpod_constructs.permissions.autoscaling_role import create_autoscaling_role
from hyperpod_constructs.permissions.grants import grant_autoscaled_volumes
from hyperpod_constructs.permissions.node_roles import NodeRoles
from hyperpod_constructs.scripts.delivery import LifecycleDelivery
from hyperpod_constructs.scripts.lifecycle_scripts import LifecycleScripts

from .argument_checks import group_problems
from .arguments import ClusterArguments, file_systems_of, own_subnet_facts
from .base import HyperPodClusterBase, unavailable_attribute
from .multi_head import database_subnets_of, makes_database
from .orchestrator_binding import bind_orchestrator
from .resource import ClusterResource


class HyperPodCluster(HyperPodClusterBase):
    """A HyperPod cluster with its scripts, roles and network.

    The instance groups are described once. The CloudFormation resource, the form
    `provisioning_params.json`, the roles and the checks are made from them, so they agree.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        instance_groups: Sequence[InstanceGroup],
        cluster_name: str | None = None,
        orchestrator: Orchestrator = Slurm(),
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        execution_role: iam.IRole | None = None,
        source_account_condition: bool = False,
        lifecycle_scripts: LifecycleScripts | None = None,
        file_systems: Sequence[FileSystem] = (),
        node_recovery: NodeRecovery = NodeRecovery.AUTOMATIC,
        node_provisioning_mode: NodeProvisioningMode | None = None,
        restricted_instance_groups: Sequence[RestrictedInstanceGroup] = (),
        shared_environment: SharedEnvironment | None = None,
        auto_scaling: AutoScaling | None = None,
        cluster_role: iam.IRole | None = None,
        tiered_storage: TieredStorage | None = None,
    ) -> None:
        """Makes the cluster.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            instance_groups: Groups of the cluster: for Slurm one controller, at most one login
                group, and workers.
            cluster_name: Name of the cluster. CloudFormation chooses one when left out. A cluster
                with a name of its own can not be replaced, only deleted and made again.
            orchestrator: What schedules jobs: `Slurm`, told of its topology by
                `provisioning_params.json`, by default; `ApiDrivenSlurm`, told by the request; or
                `Eks`. Changing from or to `Eks` replaces the cluster, and `ApiDrivenSlurm` is not
                left again.
            vpc: VPC of the nodes. That of the EKS cluster for `Eks`, and otherwise a
                `ClusterNetwork` that is made, when left out. Changing it replaces the cluster.
            vpc_subnets: Subnets of the nodes. The first private subnet of the VPC when left out,
                since a cluster lives in one availability zone.
            security_groups: Security groups of the nodes, each with all traffic to and from
                itself. An `EfaSecurityGroup` is made when left out. Those of an EKS cluster are
                opened to and from them.
            execution_role: Role of all nodes. An `ExecutionRole` for each node type is made when
                left out. A role of your own is granted scripts, secrets, buckets, keys of volumes
                and alarms of updates that the arguments name, and needs the rest already.
            source_account_condition: As for `ExecutionRole`, whose trust policy it is about.
            lifecycle_scripts: What nodes run when they are created. When left out,
                `LifecycleScripts.default()` for `Slurm`, nothing for `ApiDrivenSlurm`, whose
                machine image prepares nodes by itself, and a script that does nothing for `Eks`.
            file_systems: What every node mounts. Nothing by default.
            node_recovery: What happens to a faulty node. It is rebooted or replaced by default.
            node_provisioning_mode: How instances join. All at once when left out: the cluster
                comes up with all of them or not at all. There is no way back from `CONTINUOUS`.
            restricted_instance_groups: Groups for Amazon Nova models. For `Eks`. None by default.
            shared_environment: What the restricted groups share. Nothing by default.
            auto_scaling: Instances as pods ask for them. For `Eks` with continuous provisioning.
                Not by default.
            cluster_role: Role with which autoscaling adds and removes instances; HyperPod
                (`hyperpod.sagemaker.amazonaws.com`) assumes it. It is made when left out. Can not
                be changed while autoscaling is on.
            tiered_storage: Checkpoints in the memory of the nodes. For `Eks`. None by default.

        Raises:
            ValidationError: With every problem of the arguments. The codes are `ArgumentType`,
                `SourceAccountCondition`, `VpcMissing`, `DefaultScripts`, `DatabaseSubnets`, and
                those of the rules of `ClusterModel`.
        """
        arguments = ClusterArguments(
            instance_groups=instance_groups,
            cluster_name=cluster_name,
            orchestrator=orchestrator,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            execution_role=execution_role,
            source_account_condition=source_account_condition,
            lifecycle_scripts=lifecycle_scripts,
            file_systems=file_systems,
            node_recovery=node_recovery,
            node_provisioning_mode=node_provisioning_mode,
            restricted_instance_groups=restricted_instance_groups,
            shared_environment=shared_environment,
            auto_scaling=auto_scaling,
            cluster_role=cluster_role,
            tiered_storage=tiered_storage,
        )
        model = arguments.to_model()
        warnings = model.check()

        super().__init__(scope, id)
        self._arguments = arguments
        self._annotated: set[str] = set()
        self.node.add_validation(SynthesisHook(self._annotate_warnings))
        network = self._bind_network()
        binding = bind_orchestrator(
            self, orchestrator, vpc=network.vpc, database_subnets=network.database_subnets
        )
        self._set_model(replace(model, orchestrator=binding.orchestrator), warnings)
        self._delivery = self._deliver_scripts()
        self._cluster_role = self._bind_cluster_role()
        self._resource = ClusterResource(
            self,
            "Resource",
            model=lambda: self._model,
            subnets=network.subnets,
            security_groups=network.security_groups,
        )
        self._arn = self._resource.cfn_cluster.ref
        self._roles = NodeRoles(
            self,
            "ExecutionRoles",
            values=self._model,
            given_role=execution_role,
            dependent=self._resource.cfn_cluster,
            source_account_condition=source_account_condition,
            lifecycle_bucket=None if self._delivery is None else self._delivery.bucket,
            lifecycle_prefix="" if self._delivery is None else self._delivery.cluster_prefix,
            controller_grants=binding.controller_grants,
        )
        self._depend_on(
            *([] if self._delivery is None else self._delivery.uploaded),
            *binding.constructs,
            *([] if self._cluster_role is None else [self._cluster_role]),
        )
        self._connections = NodeConnections(
            self,
            network.vpc,
            network.subnets,
            network.security_groups,
            depend_on=self._depend_on,
            warn=self._annotate,
        )
        self._connections.allow_both_ways(binding.allowed_both_ways)
        for peers, port in binding.allowed_from_nodes:
            self._connections.allow_from_nodes(peers, [port])
        self._connections.mount([*file_systems, *file_systems_of(instance_groups)])
        for group in self._model.instance_groups:
            self._render(group)
        for restricted_group in self._model.restricted_instance_groups:
            self._render(restricted_group)

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""
        return self._arn

    @property
    def vpc(self) -> ec2.IVpc:
        """VPC of the nodes."""
        return self._connections.vpc

    @property
    def lifecycle_bucket(self) -> s3.IBucket:
        """Bucket of the lifecycle scripts and the form.

        Raises:
            ValidationError: `NoLifecycleScripts` if nodes run none, as with `ApiDrivenSlurm` when
                `lifecycle_scripts` is left out.
        """
        return self._delivered.bucket

    @property
    def lifecycle_prefix(self) -> str:
        """Key prefix below which all that the nodes read lies, whatever the digest.

        Raises:
            ValidationError: `NoLifecycleScripts`, as for `lifecycle_bucket`.
        """
        return self._delivered.cluster_prefix

    @property
    def execution_roles(self) -> Mapping[str, iam.IRole]:
        """Role of the nodes by node type: `controller`, `login`, `worker`; for EKS `worker`."""
        return self._roles.by_type

    @property
    def cluster_role(self) -> iam.IRole | None:
        """Role with which autoscaling adds and removes instances, if there is one."""
        return self._cluster_role

    @property
    def provisioning_params(self) -> ProvisioningParams:
        """The form as nodes will find it, of the groups so far.

        Raises:
            ValidationError: `NoProvisioningParams` unless the orchestrator is `Slurm`.
        """
        if self._form is None:
            raise unavailable_attribute(
                "provisioning_params",
                type(self._model.orchestrator).__name__,
                code="NoProvisioningParams",
                message="is the orchestrator, which has no provisioning_params.json",
                fix="use orchestrator=Slurm(), or read the instance groups",
            )
        return self._form

    @property
    def required_quotas(self) -> Mapping[str, int]:
        """Service quotas the cluster needs: name of the quota and number of instances."""
        return self._model.required_quotas()

    @property
    def connections(self) -> ec2.Connections:
        """What the nodes may connect to, and who may connect to them."""
        return self._connections.connections

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
        groups = self._model.instance_groups
        check(
            required("instance_group", instance_group, InstanceGroup),
            group_problems([instance_group], len(groups)),
            self._resource.resolved_problems(),
        )
        own = own_subnet_facts(self._subnets, [instance_group])
        model = replace(
            self._model,
            instance_groups=(*groups, *self._arguments.with_cluster_defaults([instance_group])),
            own_subnets=[*(self._model.own_subnets or [()] * len(groups)), *(own or ())],
            scripts=None if instance_group.life_cycle_config is None else self._model.scripts,
        )
        self._set_model(model, model.check())
        self._connections.mount(file_systems_of([instance_group]))
        self._render(model.instance_groups[-1])
        return instance_group

    @property
    def _known_name(self) -> str | None:
        return self._model.cluster_name

    @property
    def _delivered(self) -> LifecycleDelivery:
        if self._delivery is None:
            raise unavailable_attribute(
                "lifecycle_scripts",
                None,
                code="NoLifecycleScripts",
                message="were not given, so there is neither a bucket nor a prefix of them",
                fix="pass lifecycle_scripts=, or do without",
            )
        return self._delivery

    def _bind_network(self) -> "_Network":
        """The given network, completed with what the cluster creates."""
        given, orchestrator = self._arguments, self._arguments.orchestrator
        if given.known_subnets is None:
            network = ClusterNetwork(self, "Network", database_subnets=makes_database(orchestrator))
            self._subnets = VpcSubnets(network.vpc)
            return _Network(
                network.vpc, [network.subnet], [network.security_group], network.database_subnets
            )
        self._subnets = given.known_subnets
        vpc = self._subnets.vpc
        security_groups = [*given.security_groups] or [
            EfaSecurityGroup(self, "SecurityGroup", vpc=vpc)
        ]
        return _Network(
            vpc, given.node_subnets, security_groups, database_subnets_of(orchestrator, vpc)
        )

    def _deliver_scripts(self) -> LifecycleDelivery | None:
        scripts = self._arguments.scripts
        if scripts is None:
            return None
        delivery = LifecycleDelivery(self, "Lifecycle", scripts=scripts, form=lambda: self._form)
        self._arguments.source_s3_uri.produce_with(self._resolve_source_s3_uri)
        return delivery

    def _resolve_source_s3_uri(self) -> str:
        self._resource.mark_resolved()
        return self._delivered.source_s3_uri()

    def _bind_cluster_role(self) -> iam.IRole | None:
        """The given role of autoscaling, or the one that the cluster creates for it."""
        if self._arguments.cluster_role is not None or self._model.cluster_role is None:
            return self._arguments.cluster_role
        role = create_autoscaling_role(self, "ClusterRole")
        self._arguments.cluster_role_arn.produce_with(lambda: role.role_arn)
        return role

    def _set_model(self, model: ClusterModel, warnings: Sequence[Problem]) -> None:
        self._model, self._form, self._warnings = model, model.form(), warnings

    def _render(self, group: InstanceGroup | RestrictedInstanceGroup) -> None:
        self._resource.add(group, self._roles.arn_for(group))
        self._connections.add(group)
        if self._cluster_role is not None:
            grant_autoscaled_volumes(self._cluster_role, group.volumes)

    def _depend_on(self, *dependencies: IDependable) -> None:
        self._resource.cfn_cluster.node.add_dependency(*dependencies)

    def _annotate_warnings(self) -> None:
        for problem in self._warnings:
            self._annotate(problem)

    def _annotate(self, problem: Problem) -> None:
        text = str(problem)
        if text not in self._annotated:
            self._annotated.add(text)
            cdk.Annotations.of(self).add_warning_v2(f"hyperpod-constructs:{problem.code}", text)


class _Network(NamedTuple):
    vpc: ec2.IVpc
    subnets: Sequence[ec2.ISubnet]
    security_groups: Sequence[ec2.ISecurityGroup]
    database_subnets: Sequence[ec2.ISubnet]
