"""The HyperPod inference operator, which deploys models on the nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-model-deployment-setup.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import address_of, environment_of, node_of, stack_of
from hyperpod_constructs.cdk.object_checks import BUCKET, ROLE, optional, required
from hyperpod_constructs.model.kubernetes.image_mirror import merged
from hyperpod_constructs.model.kubernetes.inference_names import (
    BUCKET_PREFIX,
    INFERENCE,
    ROLE_PREFIX,
    tls_bucket_problems,
)
from hyperpod_constructs.model.problem import Problem

from .add_on import EksAddOn
from .fsx_csi_driver import FSX_CSI_DRIVER, create_fsx_csi_driver
from .inference_policy import keda_statements, operator_statements
from .kubernetes_add_ons import (
    CERT_MANAGER,
    METRICS_SERVER,
    create_cert_manager,
    create_metrics_server,
)
from .nodes import NodesOnEks, eks_cluster_problems
from .pod_policy import inline_policies
from .s3_csi_driver import S3_CSI_DRIVER, create_s3_csi_driver
from .service_account_role import oidc_problems, service_account_principal

_NAMESPACE = "hyperpod-inference-system"


class InferenceOperatorAddOn(EksAddOn):
    """The HyperPod inference operator, with its roles, its bucket, and the add-ons that it requires.

    cert-manager, the metrics server and the CSI drivers of FSx and S3 are created too, unless the app
    has them. The operator requires 13 pods on x86 nodes, such as two of ml.c5.4xlarge. Its creation can
    take 40 minutes.

    Attributes: `add_on`, `role`, `keda_role`, `tls_bucket`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        tls_bucket: s3.IBucket | None = None,
        load_balancer_role: iam.IRole | None = None,
        gated_model_role: iam.IRole | None = None,
        keda: bool = True,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the roles, the bucket and the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS, whose EKS cluster is an object of CDK.
            tls_bucket: Bucket of TLS certificates, whose name starts with `hyperpod-tls`. By default, a
                bucket is created.
            load_balancer_role: Role of the service account
                `hyperpod-inference-system:aws-load-balancer-controller`, with the policy of the AWS Load
                Balancer Controller. By default, the operator does not install the controller.
            gated_model_role: Role that downloads gated models of JumpStart. None by default.
            keda: Whether to install KEDA, which scales models. Defaults to True.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Further values of the add-on, which override the others. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`,
                `OidcProvider`, `TlsBucketName`.
        """
        super().__init__(
            scope,
            id,
            name=INFERENCE,
            cluster=cluster,
            version=version,
            problems=_problems(
                cluster, tls_bucket, [load_balancer_role, gated_model_role], keda=keda
            ),
            requires={
                CERT_MANAGER: create_cert_manager,
                METRICS_SERVER: create_metrics_server,
                FSX_CSI_DRIVER: create_fsx_csi_driver,
                S3_CSI_DRIVER: create_s3_csi_driver,
            },
        )
        self.tls_bucket: s3.IBucket = tls_bucket or self._create_bucket()
        self.role = self._operator_role()
        self.keda_role = self._create_keda_role() if keda else None
        values: dict[str, Any] = {
            "executionRoleArn": self.role.role_arn,
            "tlsCertificateS3Bucket": self.tls_bucket.bucket_name,
            "hyperpodClusterArn": cluster.cluster_arn,
            "alb": _load_balancer(load_balancer_role),
            "keda": _keda(self.keda_role),
        }
        if gated_model_role is not None:
            values["jumpstartGatedModelDownloadRoleArn"] = gated_model_role.role_arn
        self._create(configuration=merged(values, configuration or {}))
        roles = filter(None, [self.role, self.keda_role])
        node_of(self.add_on).add_dependency(self.tls_bucket, *roles)

    def _create_bucket(self) -> s3.Bucket:
        environment = environment_of(stack_of(self))
        digest = address_of(self)[-10:]
        return s3.Bucket(
            self,
            "TlsBucket",
            bucket_name=f"{BUCKET_PREFIX}-{digest}-{environment.account}-{environment.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    def _operator_role(self) -> iam.Role:
        account = f"{_NAMESPACE}:hyperpod-inference-controller-manager"
        statements = operator_statements(
            environment_of(stack_of(self)),
            cluster_arn=self._nodes.cluster.cluster_arn,
            eks_cluster_arn=self._nodes.eks_cluster_arn,
            bucket_arn=self.tls_bucket.bucket_arn,
        )
        return iam.Role(
            self,
            "Role",
            role_name=self._role_name("Role"),
            description="Deploys models",
            inline_policies=inline_policies([*statements]),
            assumed_by=iam.CompositePrincipal(
                service_account_principal(self, "Role", self._nodes, [account]),
                iam.ServicePrincipal("sagemaker.amazonaws.com"),
            ),
        )

    def _create_keda_role(self) -> iam.Role:
        account = f"{_NAMESPACE}:keda-operator"
        statements = keda_statements(environment_of(stack_of(self)))
        return iam.Role(
            self,
            "KedaRole",
            description="Reads the metrics that scale models",
            inline_policies=inline_policies([*statements]),
            assumed_by=service_account_principal(self, "KedaRole", self._nodes, [account]),
        )

    def _role_name(self, id: str) -> str:
        """A name with the prefix that the managed policies of AWS require."""
        return f"{ROLE_PREFIX}-{address_of(self)[-10:]}-{id}"


def _load_balancer(role: iam.IRole | None) -> dict[str, Any]:
    if role is None:
        return {"enabled": False}
    return {"enabled": True, "serviceAccount": {"create": True, "roleArn": role.role_arn}}


def _keda(role: iam.IRole | None) -> dict[str, Any]:
    if role is None:
        return {"enabled": False}
    irsa = {"enabled": True, "roleArn": role.role_arn}
    return {"enabled": True, "auth": {"aws": {"irsa": irsa}}}


def _problems(
    cluster: IHyperPodCluster, tls_bucket: object, roles: list[object], *, keda: object
) -> Iterator[Problem]:
    """The operator requires the OIDC provider of the EKS cluster."""
    wrong = list(optional("tls_bucket", tls_bucket, BUCKET))
    yield from wrong
    for name, role in zip(("load_balancer_role", "gated_model_role"), roles, strict=True):
        yield from optional(name, role, ROLE)
    yield from required("keda", keda, bool)
    bucket_name = None if wrong else getattr(tls_bucket, "bucket_name", None)
    if bucket_name:
        yield from tls_bucket_problems(
            "tls_bucket", bucket_name, fix="omit tls_bucket, or use another bucket"
        )
    if not list(eks_cluster_problems(cluster)):
        yield from oidc_problems(NodesOnEks(cluster))
