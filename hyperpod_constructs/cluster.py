"""The HyperPod cluster.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from .arguments import (
    ROLE,
    VPC,
    check,
    each,
    group_problems,
    needed,
    optional,
    orchestrator_problems,
    restricted_group_problems,
    security_group_problems,
)
from .callbacks import AtSynthesis, lazy_text
from .cluster_base import HyperPodClusterBase, unknown
from .cluster_resource import ClusterResource
from .cluster_role import grant_autoscaled_volumes, make_cluster_role
from .cluster_values import (
    file_systems_of,
    filled_in,
    mounts_of,
    role_of_autoscaling,
    trust_problems,
    vpc_of,
    vpc_problems,
)
from .file_systems import FileSystem
from .lifecycle import LifecycleScripts, scripts_for
from .lifecycle_delivery import LifecycleDelivery
from .model.cluster_model import ClusterModel
from .model.errors import Problem
from .model.instance_group import InstanceGroup
from .model.node_provisioning import AutoScaling, NodeProvisioningMode, TieredStorage
from .model.orchestrator import ApiDrivenSlurm, Orchestrator, Slurm
from .model.provisioning_params import ProvisioningParams
from .model.resiliency import NodeRecovery
from .model.restricted_instance_group import RestrictedInstanceGroup, SharedEnvironment
from .multi_head import database_subnets_of, makes_database, multi_head_problems
from .network import (
    ClusterNetwork,
    EfaSecurityGroup,
    node_subnets,
    own_subnet_facts,
    subnet_facts,
)
from .node_network import NodeNetwork
from .node_roles import NodeRoles
from .orchestrator_resources import orchestrator_resources


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
        scripts = scripts_for(orchestrator) if lifecycle_scripts is None else lifecycle_scripts
        check(
            optional("vpc", vpc, VPC),
            optional("vpc_subnets", vpc_subnets, ec2.SubnetSelection),
            security_group_problems("security_groups", security_groups),
            optional("execution_role", execution_role, ROLE),
            optional("lifecycle_scripts", scripts, LifecycleScripts),
            each("file_systems", file_systems, FileSystem),
            each("instance_groups", instance_groups, InstanceGroup),
            group_problems(instance_groups),
            restricted_group_problems(restricted_instance_groups),
            orchestrator_problems(orchestrator),
            optional("cluster_role", cluster_role, ROLE),
            trust_problems(execution_role, source_account_condition),
        )
        vpc = vpc_of(vpc, orchestrator)
        check(
            vpc_problems(vpc, orchestrator),
            multi_head_problems(orchestrator, vpc),
            () if scripts is None else scripts.problems(orchestrator),
        )
        subnets = [] if vpc is None else node_subnets(vpc, vpc_subnets)
        mounts = mounts_of(file_systems)
        is_api_driven = isinstance(orchestrator, ApiDrivenSlurm)
        self._cluster_role_arn = lazy_text(self._arn_of_cluster_role)
        self._source_s3_uri = lazy_text(self._place_of_scripts)
        self._scripts, self._shared_mounts = scripts, mounts if is_api_driven else ()
        model = ClusterModel(
            instance_groups=self._filled_in(instance_groups),
            cluster_name=cluster_name,
            orchestrator=orchestrator,
            file_systems=() if is_api_driven else mounts,
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
            node_provisioning_mode=node_provisioning_mode,
            restricted_instance_groups=tuple(restricted_instance_groups),
            shared_environment=shared_environment,
            auto_scaling=auto_scaling,
            cluster_role=role_of_autoscaling(cluster_role, auto_scaling, self._cluster_role_arn),
            tiered_storage=tiered_storage,
            scripts=None if scripts is None else scripts.placed_folder(self._source_s3_uri),
            steps=None if scripts is None else scripts.steps,
        )
        model.check()

        super().__init__(scope, id)
        self._warned: set[str] = set()
        self.node.add_validation(AtSynthesis(self._warn))
        database_subnets = [] if vpc is None else database_subnets_of(orchestrator, vpc)
        if vpc is None:
            network = ClusterNetwork(self, "Network", database_subnets=makes_database(orchestrator))
            vpc, subnets = network.vpc, [network.subnet]
            security_groups = [network.security_group]
            database_subnets = network.database_subnets
        own_groups = [*security_groups] or [EfaSecurityGroup(self, "SecurityGroup", vpc=vpc)]
        outside = orchestrator_resources(
            self, orchestrator, vpc=vpc, database_subnets=database_subnets
        )
        self._model = replace(model, orchestrator=outside.orchestrator)
        self._form = self._model.form()
        self._delivery = (
            None
            if scripts is None
            else LifecycleDelivery(self, "Lifecycle", scripts=scripts, form=lambda: self._form)
        )
        self._cluster_role = cluster_role
        if cluster_role is None and model.cluster_role is not None:
            self._cluster_role = make_cluster_role(self, "ClusterRole")
        self._resource = ClusterResource(
            self,
            "Resource",
            model=lambda: self._model,
            vpc_config=sagemaker.CfnCluster.VpcConfigProperty(
                security_group_ids=[group.security_group_id for group in own_groups],
                subnets=[subnet.subnet_id for subnet in subnets],
            ),
        )
        self._arn = self._resource.cfn_cluster.ref
        self._roles = NodeRoles(
            self,
            "ExecutionRoles",
            model=self._model,
            given_role=execution_role,
            dependent=self._resource.cfn_cluster,
            source_account_condition=source_account_condition,
            lifecycle_bucket=None if self._delivery is None else self._delivery.bucket,
            lifecycle_prefix="" if self._delivery is None else self._delivery.cluster_prefix,
            controller_grants=outside.controller_grants,
        )
        self._depend_on(*([] if self._delivery is None else self._delivery.uploaded))
        self._depend_on(*outside.constructs, *([self._cluster_role] if self._cluster_role else []))
        self._network = NodeNetwork(
            self, vpc, subnets, own_groups, depend_on=self._depend_on, warn=self._annotate
        )
        self._network.join(outside.joined)
        for opened, port in outside.opened:
            self._network.open_to_nodes(opened, [port])
        self._network.mount([*file_systems, *file_systems_of(instance_groups)])
        for group in self._model.instance_groups:
            self._prepare(group)
        for restricted_group in self._model.restricted_instance_groups:
            self._prepare(restricted_group)

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""
        return self._arn

    @property
    def vpc(self) -> ec2.IVpc:
        """VPC of the nodes."""
        return self._network.vpc

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
            raise unknown(
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
        return self._network.connections

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
            self._resource.resolved_problems(),
        )
        model = replace(
            self._model,
            instance_groups=(*self._model.instance_groups, *self._filled_in([instance_group])),
            own_subnets=[
                *(self._model.own_subnets or ()),
                *own_subnet_facts(self.vpc, [instance_group]),
            ],
            scripts=None if instance_group.life_cycle_config is None else self._model.scripts,
        )
        model.check()
        self._model = model
        self._form = model.form()
        self._network.mount(file_systems_of([instance_group]))
        self._prepare(model.instance_groups[-1])
        return instance_group

    @property
    def _known_name(self) -> str | None:
        return self._model.cluster_name

    @property
    def _delivered(self) -> LifecycleDelivery:
        if self._delivery is None:
            raise unknown(
                "lifecycle_scripts",
                None,
                code="NoLifecycleScripts",
                message="were not given, so there is neither a bucket nor a prefix of them",
                fix="pass lifecycle_scripts=, or do without",
            )
        return self._delivery

    def _place_of_scripts(self) -> str:
        return self._delivered.source_s3_uri()

    def _arn_of_cluster_role(self) -> str:
        return "" if self._cluster_role is None else self._cluster_role.role_arn

    def _filled_in(self, groups: Sequence[InstanceGroup]) -> tuple[InstanceGroup, ...]:
        return filled_in(groups, self._scripts, self._source_s3_uri, self._shared_mounts)

    def _prepare(self, group: InstanceGroup | RestrictedInstanceGroup) -> None:
        self._resource.add(group, self._roles.arn_for(group))
        self._network.add(group)
        if self._cluster_role is not None:
            grant_autoscaled_volumes(self._cluster_role, group.volumes)

    def _depend_on(self, *dependencies: IDependable) -> None:
        self._resource.cfn_cluster.node.add_dependency(*dependencies)

    def _warn(self) -> None:
        for problem in self._model.check():
            self._annotate(problem)

    def _annotate(self, problem: Problem) -> None:
        text = str(problem)
        if text not in self._warned:
            self._warned.add(text)
            cdk.Annotations.of(self).add_warning_v2(f"hyperpod-constructs:{problem.code}", text)
