"""Base class of created and imported HyperPod clusters."""

import abc
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.object_checks import (
    EKS_CLUSTER,
    ROLE,
    SECURITY_GROUP,
    check,
    each,
    optional,
    physical_name_problems,
    scope_problems,
)
from hyperpod_constructs.model.names import cluster_name_problems, name_problems
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import text_problems
from hyperpod_constructs.permissions.cluster_grants import ClusterGrants
from hyperpod_constructs.permissions.granted_cluster import GrantedCluster
from hyperpod_constructs.permissions.node_policy import LOG_GROUP_PREFIX

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2

_INSTANCE_ID = r"i-[0-9a-f]{8,17}"
_PLACEHOLDER = r"<[^<>\s]+>"
_CLUSTER_ARN = r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:cluster/[a-z0-9]{12}"


@jsii.implements(ec2.IConnectable, iam.IGrantable)
class HyperPodClusterBase(cdk.Resource, metaclass=jsii.JSIIAbstractClass):
    """Base class of HyperPod clusters."""

    @staticmethod
    def from_cluster_arn(scope: Construct, id: str, cluster_arn: str) -> IHyperPodCluster:
        """Imports an existing cluster by its ARN.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_arn: ARN of the cluster.

        Raises:
            ValidationError: `ClusterArn`, `ArgumentType`, `ConstructId`.
        """
        return HyperPodClusterBase.from_cluster_attributes(scope, id, cluster_arn=cluster_arn)

    @staticmethod
    def from_cluster_attributes(
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        cluster_name: str | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        execution_role: iam.IRole | None = None,
        eks_cluster: "eks.ICluster | eks_v2.ICluster | EksClusterReference | None" = None,
    ) -> IHyperPodCluster:
        """Imports an existing cluster.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_arn: ARN of the cluster.
            cluster_name: Name of the cluster, which the ARN does not contain. Required by
                `cluster_name` and `log_group_name`, which raise without it.
            security_groups: Security groups of the nodes. Required by `connections`, which raises
                without them.
            execution_role: IAM role of the nodes. Required by `grant_principal`, which raises
                without it. In a method of CDK, such as `bucket.grant_read(cluster)`, CDK turns the
                error into a `RuntimeError` with the same text; read the attribute first to catch
                it.
            eks_cluster: EKS cluster that orchestrates the cluster, for the permissions that `grants`
                include on it. None by default, for Slurm.

        Raises:
            ValidationError: `ClusterArn`, `ArgumentType`, `ConstructId`, `ClusterName`.
        """
        return ImportedCluster(
            scope,
            id,
            cluster_arn=cluster_arn,
            cluster_name=cluster_name,
            security_groups=security_groups,
            execution_role=execution_role,
            eks_cluster=eks_cluster,
        )

    @property
    @abc.abstractmethod
    def cluster_arn(self) -> str:
        """ARN of the cluster."""

    @property
    @abc.abstractmethod
    def connections(self) -> ec2.Connections:
        """Network connections of the nodes."""

    @property
    @abc.abstractmethod
    def grant_principal(self) -> iam.IPrincipal:
        """Principal of the roles of all nodes."""

    @cached_property
    def grants(self) -> ClusterGrants:
        """Grants of access to the cluster for roles and users."""
        return ClusterGrants(self._granted)

    @property
    @abc.abstractmethod
    def _granted(self) -> GrantedCluster: ...

    @property
    @abc.abstractmethod
    def _known_name(self) -> str | None: ...

    @property
    def _group_names(self) -> Sequence[str]:
        """Names of the instance groups, as far as they are known."""
        return ()

    @property
    def cluster_name(self) -> str:
        """Name of the cluster.

        Raises:
            ValidationError: `UnknownClusterName` if the cluster was created or imported without a
                name: CloudFormation does not return the name that it generates.
        """
        if self._known_name is None:
            raise _unknown_name()
        return self._known_name

    @property
    def cluster_id(self) -> str:
        """Generated ID of the cluster, 12 characters: the last part of its ARN."""
        arn = self.cluster_arn
        if is_unresolved(arn):
            return self._id_of_token
        return arn.rpartition("/")[2]

    @cached_property
    def _id_of_token(self) -> str:
        return cdk.Fn.select(1, cdk.Fn.split("/", self.cluster_arn))

    @property
    def log_group_name(self) -> str:
        """CloudWatch log group of the nodes, created by HyperPod with the first log event.

        Raises:
            ValidationError: `UnknownClusterName` if the cluster was created or imported without a
                name.
        """
        return f"{LOG_GROUP_PREFIX}/{self.cluster_name}/{self.cluster_id}"

    def ssm_target(self, instance_group_name: str, instance_id: str) -> str:
        """Session Manager target of a node, for `aws ssm start-session --target`.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html

        Args:
            instance_group_name: Name of the instance group.
            instance_id: ID of the instance, `i-…`, or a placeholder such as `<instance-id>`.

        Raises:
            ValidationError: `ArgumentType`, `InstanceGroupName`, `InstanceId`.
        """
        check(
            _group_name_problems(instance_group_name, self._group_names),
            _instance_id_problems(instance_id),
        )
        return f"sagemaker-cluster:{self.cluster_id}_{instance_group_name}-{instance_id}"


class ImportedCluster(HyperPodClusterBase):
    """An existing cluster, with the attributes whose arguments are specified."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        cluster_name: str | None,
        security_groups: Sequence[ec2.ISecurityGroup],
        execution_role: iam.IRole | None,
        eks_cluster: "eks.ICluster | eks_v2.ICluster | EksClusterReference | None",
    ) -> None:
        check(
            scope_problems(scope, id),
            _cluster_arn_problems(cluster_arn),
            () if cluster_name is None else cluster_name_problems(cluster_name),
            physical_name_problems("cluster_name", cluster_name),
            each("security_groups", security_groups, SECURITY_GROUP),
            optional("execution_role", execution_role, ROLE),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
        )
        super().__init__(scope, id, environment_from_arn=cluster_arn)
        self._arn = cluster_arn
        self._name = cluster_name
        self._connections = (
            ec2.Connections(security_groups=list(security_groups)) if security_groups else None
        )
        self._role = execution_role
        self._eks_cluster = eks_cluster

    @property
    def cluster_arn(self) -> str:
        return self._arn

    @property
    def connections(self) -> ec2.Connections:
        if self._connections is None:
            raise _unknown_security_groups()
        return self._connections

    @property
    def grant_principal(self) -> iam.IPrincipal:
        if self._role is None:
            raise _unknown_role()
        return self._role.grant_principal

    @property
    def _granted(self) -> GrantedCluster:
        role, eks_cluster = self._role, self._eks_cluster
        return GrantedCluster(
            self,
            self._arn,
            None if role is None else lambda: [role.role_arn],
            eks_clusters=None if eks_cluster is None else [eks_cluster.cluster_arn],
        )

    @property
    def _known_name(self) -> str | None:
        return self._name


def _group_name_problems(name: object, known: Sequence[str]) -> Iterator[Problem]:
    """A node is specified by the name of its group, and then its ID.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html
    """
    names_are_known = known and not any(map(is_unresolved, (name, *known)))
    if isinstance(name, str) and re.fullmatch(_INSTANCE_ID, name):
        yield Problem(
            code="InstanceGroupName",
            path="instance_group_name",
            value=name,
            message="is the ID of an instance",
            fix="pass the name of the instance group first, then the ID",
        )
    elif isinstance(name, str) and names_are_known and name not in known:
        yield Problem(
            code="InstanceGroupName",
            path="instance_group_name",
            value=name,
            message="is not an instance group of the cluster",
            fix=f"use one of {', '.join(map(repr, known))}, or add the group first",
        )
    else:
        yield from name_problems(code="InstanceGroupName", path="instance_group_name", value=name)


def _instance_id_problems(instance_id: object) -> Iterator[Problem]:
    """A node must be specified by the ID of its instance, or by a placeholder for it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html
    """
    yield from text_problems(
        "instance_id",
        instance_id,
        code="InstanceId",
        pattern=rf"{_INSTANCE_ID}|{_PLACEHOLDER}",
        message="must be the ID of an instance",
        example="i-0123456789abcdef0",
    )


def _cluster_arn_problems(arn: object) -> Iterator[Problem]:
    """A cluster must be specified by its ARN."""
    if isinstance(arn, str) and (is_unresolved(arn) or re.fullmatch(_CLUSTER_ARN, arn)):
        return
    yield Problem(
        code="ClusterArn",
        path="cluster_arn",
        value=arn,
        message="is not a valid HyperPod cluster ARN",
        fix="use the ClusterArn from aws sagemaker describe-cluster",
    )


def unavailable_attribute(
    path: str, value: object, *, code: str, message: str, fix: str
) -> ValidationError:
    """Creates the error of an attribute that is not available for the cluster."""
    problem = Problem(code=code, path=path, value=value, message=message, fix=fix)
    return ValidationError([problem])


def unused_form(orchestrator: object) -> ValidationError:
    """Only a cluster with the orchestrator `Slurm` has a provisioning form."""
    return unavailable_attribute(
        "provisioning_params",
        type(orchestrator).__name__,
        code="NoProvisioningParams",
        message="does not use provisioning_params.json",
        fix="use orchestrator=Slurm(), or read the instance groups",
    )


def no_lifecycle_scripts() -> ValidationError:
    """The bucket and the prefix require lifecycle scripts."""
    return unavailable_attribute(
        "lifecycle_scripts",
        None,
        code="NoLifecycleScripts",
        message="is not specified, so there is no bucket or prefix",
        fix="pass lifecycle_scripts=",
    )


def _unknown_name() -> ValidationError:
    """The name of a cluster is available only if it is specified, not if it is generated."""
    return _left_out("cluster_name", code="UnknownClusterName", fix="pass cluster_name=")


def _unknown_security_groups() -> ValidationError:
    """The security groups of an imported cluster must be specified to be used."""
    return _left_out(
        "security_groups", code="UnknownSecurityGroups", fix="pass security_groups=[...]"
    )


def _unknown_role() -> ValidationError:
    """The execution role of an imported cluster must be specified to be used."""
    return _left_out("execution_role", code="UnknownExecutionRole", fix="pass execution_role=")


def _left_out(path: str, *, code: str, fix: str) -> ValidationError:
    """The attribute requires an argument that was not specified."""
    return unavailable_attribute(
        path, None, code=code, message="is required for this attribute", fix=fix
    )
