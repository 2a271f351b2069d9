"""The stack of all add-ons on EKS, with aws-cdk-lib alone: `python -m tests.benchmarks.by_hand_eks`.

What AWS CDK has no constructs for are resources with their properties as they are in the template, which
is less than a person does, who refers to other resources.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_aps as aps
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks_l1
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_s3_deployment as s3_deployment
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk.lambda_layer_kubectl_v34 import KubectlV34Layer
from constructs import Construct

from tests.eks.charts import make_chart

from .measure import ROOT
from .shared import REGION, STACK_NAME, synthesize

RESOURCES = Path(__file__).with_name("eks_resources.json")
SCRIPTS = ROOT / "hyperpod_constructs" / "eks" / "node_scripts"
ZONES = 2
SMALL_BLOCKS = 16
"""Blocks of 16 addresses before those of the control plane."""


class ByHandEksStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, *, chart: Path) -> None:
        super().__init__(scope, id, env=cdk.Environment(region=REGION))
        known = json.loads(RESOURCES.read_text(encoding="utf-8"))
        control_plane = Construct(self, "ControlPlane")
        vpc, small = self._network(Construct(control_plane, "Network"))
        cluster = self._eks(control_plane, vpc, small)
        self._chart(control_plane, cluster, chart, known.pop("values"))
        sns.Topic(self, "Topic")
        nodes = Construct(self, "Cluster")
        group = self._node_group(nodes, vpc, cluster)
        self._scripts(Construct(nodes, "Lifecycle"))
        scratch = self._scratch(vpc, group)
        inference = Construct(self, "Inference")
        self._inference(inference, cluster)
        manifests = known.pop("manifests")
        for name, resource in known.items():
            match resource["Type"]:
                case "AWS::IAM::Role":
                    self._role(resource["Path"], resource["Properties"])
                case "AWS::EKS::Addon":
                    self._add_on(name, cluster, resource)
                case "AWS::SageMaker::Cluster":
                    self._with_properties(sagemaker.CfnCluster(self, name), resource)
                case "AWS::APS::Workspace":
                    self._with_properties(aps.CfnWorkspace(self, name), resource)
                case kind:
                    made = cdk.CfnResource(self, name, type=kind, properties=resource["Properties"])
                    if "DependsOn" in resource:
                        made.add_override("DependsOn", resource["DependsOn"])
        self._manifests(cluster, scratch, manifests)

    def _network(self, scope: Construct) -> tuple[ec2.Vpc, list[ec2.PrivateSubnet]]:
        flow_logs = logs.LogGroup(scope, "FlowLogs", retention=logs.RetentionDays.ONE_YEAR)
        gateways = ec2.NatProvider.gateway()
        vpc = ec2.Vpc(
            scope,
            "Vpc",
            max_azs=1,
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            nat_gateways=1,
            nat_gateway_provider=gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=24,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=17
                ),
            ],
            flow_logs={
                "FlowLog": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs)
                )
            },
        )
        blocks = cdk.Fn.cidr(vpc.vpc_cidr_block, SMALL_BLOCKS + ZONES, "4")
        small = [
            ec2.PrivateSubnet(
                scope,
                f"ControlPlaneSubnet{index + 1}",
                vpc_id=vpc.vpc_id,
                availability_zone=self.availability_zones[index],
                cidr_block=cdk.Fn.select(SMALL_BLOCKS + index, blocks),
            )
            for index in range(ZONES)
        ]
        for subnet in small:
            gateways.configure_subnet(subnet)
        every = [*vpc.private_subnets, *vpc.public_subnets, *small]
        vpc.add_gateway_endpoint(
            "S3Endpoint",
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=every)],
        )
        for subnets, key in ((vpc.public_subnets, "elb"), (vpc.private_subnets, "internal-elb")):
            for each in subnets:
                cdk.Tags.of(each).add(f"kubernetes.io/role/{key}", "1")
        return vpc, small

    def _eks(self, scope: Construct, vpc: ec2.Vpc, small: list[ec2.PrivateSubnet]) -> eks.Cluster:
        key = kms.Key(
            scope, "SecretsKey", enable_key_rotation=True, description="Secrets of Kubernetes"
        )
        return eks.Cluster(
            scope,
            "Cluster",
            version=eks.KubernetesVersion.of("1.34"),
            vpc=vpc,
            vpc_subnets=[ec2.SubnetSelection(subnets=[*small])],
            endpoint_access=eks.EndpointAccess.PRIVATE,
            default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
            default_capacity=0,
            bootstrap_self_managed_addons=False,
            bootstrap_cluster_creator_admin_permissions=False,
            cluster_logging=[*eks.ClusterLoggingTypes],
            secrets_encryption_key=key,
            kubectl_provider_options=eks.KubectlProviderOptions(
                kubectl_layer=KubectlV34Layer(self, "Kubectl"),
                private_subnets=[*vpc.private_subnets],
            ),
        )

    def _chart(self, scope: Construct, cluster: Any, chart: Path, values: dict[str, Any]) -> None:
        asset = s3_assets.Asset(scope, "ChartFolder", path=str(chart))
        eks.HelmChart(
            scope,
            "HelmChart",
            cluster=cluster,
            chart_asset=asset,
            release="hyperpod-dependencies",
            namespace="kube-system",
            create_namespace=False,
            wait=False,
            timeout=cdk.Duration.minutes(15),
            values=values,
        )

    def _node_group(
        self, scope: Construct, vpc: ec2.Vpc, cluster: eks.Cluster
    ) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, allow_all_outbound=True)
        group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
        ec2.CfnSecurityGroupEgress(
            group,
            "SelfEgress",
            group_id=group.security_group_id,
            ip_protocol="-1",
            destination_security_group_id=group.security_group_id,
        )
        for other in cluster.connections.security_groups:
            other.connections.allow_from(group, ec2.Port.all_traffic(), "HyperPod nodes")
            group.connections.allow_from(other, ec2.Port.all_traffic(), "Control plane")
        return group

    def _scripts(self, scope: Construct) -> None:
        bucket = s3.Bucket(
            scope,
            "Bucket",
            bucket_name=f"sagemaker-scripts-{self.account}-{self.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        s3_deployment.BucketDeployment(
            scope,
            "Upload",
            destination_bucket=bucket,
            destination_key_prefix="lifecycle-scripts/0123456789abcdef",
            sources=[s3_deployment.Source.asset(str(SCRIPTS))],
            retain_on_delete=True,
        )

    def _scratch(self, vpc: ec2.Vpc, group: ec2.SecurityGroup) -> fsx.LustreFileSystem:
        scratch = fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=vpc,
            vpc_subnet=vpc.private_subnets[0],
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        for ports in (ec2.Port.tcp(988), ec2.Port.tcp_range(1018, 1023)):
            scratch.connections.allow_from(group, ports, "HyperPod nodes")
        return scratch

    def _inference(self, scope: Construct, cluster: eks.Cluster) -> None:
        s3.Bucket(
            scope,
            "TlsBucket",
            bucket_name=f"hyperpod-tls-{self.account}-{self.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        issuer = cluster.open_id_connect_provider.open_id_connect_provider_issuer
        for role, account in (
            ("Role", "hyperpod-inference-controller-manager"),
            ("KedaRole", "keda-operator"),
        ):
            subject = f"system:serviceaccount:hyperpod-inference-system:{account}"
            cdk.CfnJson(scope, f"{role}Audience", value={f"{issuer}:aud": "sts.amazonaws.com"})
            cdk.CfnJson(scope, f"{role}Subject", value={f"{issuer}:sub": [subject]})

    def _with_properties(self, made: cdk.CfnResource, resource: dict[str, Any]) -> None:
        for key, value in resource["Properties"].items():
            made.add_property_override(key, value)
        if "DependsOn" in resource:
            made.add_override("DependsOn", resource["DependsOn"])

    def _role(self, path: str, properties: dict[str, Any]) -> None:
        """A role with the statements of its policies, and with the trust policy as it is."""
        *scopes, name = path.split("/")
        scope: Construct = self
        for each in scopes:
            found = scope.node.try_find_child(each)
            scope = cast("Construct", found) if found else Construct(scope, each)
        role = iam.Role(
            scope,
            name,
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description=properties.get("Description"),
            role_name=properties.get("RoleName"),
            inline_policies={
                policy["PolicyName"]: iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement.from_json(_with_tokens(each))
                        for each in policy["PolicyDocument"]["Statement"]
                    ]
                )
                for policy in properties.get("Policies", ())
            },
        )
        resource = cast("iam.CfnRole", role.node.default_child)
        resource.assume_role_policy_document = properties["AssumeRolePolicyDocument"]

    def _add_on(self, id: str, cluster: eks.Cluster, resource: dict[str, Any]) -> None:
        properties = resource["Properties"]
        made = eks_l1.CfnAddon(
            self,
            id,
            addon_name=properties["AddonName"],
            cluster_name=cluster.cluster_name,
            resolve_conflicts=properties["ResolveConflicts"],
            configuration_values=_text(properties.get("ConfigurationValues")),
            service_account_role_arn=_text(properties.get("ServiceAccountRoleArn")),
        )
        if "PodIdentityAssociations" in properties:
            made.add_property_override(
                "PodIdentityAssociations", properties["PodIdentityAssociations"]
            )
        if "DependsOn" in resource:
            made.add_override("DependsOn", resource["DependsOn"])

    def _manifests(
        self, cluster: Any, scratch: fsx.LustreFileSystem, manifests: dict[str, Any]
    ) -> None:
        volume, claim = manifests["volumes"]
        source = {
            "driver": "fsx.csi.aws.com",
            "volumeHandle": scratch.file_system_id,
            "volumeAttributes": {"dnsname": scratch.dns_name, "mountname": scratch.mount_name},
        }
        volume = {**volume, "spec": {**volume["spec"], "csi": source}}
        eks.KubernetesManifest(
            Construct(self, "Storage"), "Volumes", cluster=cluster, manifest=[volume, claim]
        )
        pool = Construct(self, "Pool")
        made = eks.KubernetesManifest(pool, "Resource", cluster=cluster, manifest=manifests["pool"])
        for index, crd in enumerate(manifests["crds"]):
            made.node.add_dependency(
                eks.KubernetesObjectValue(
                    pool,
                    f"Crd{index}",
                    cluster=cluster,
                    object_type="crd",
                    object_name=crd,
                    json_path=".metadata.name",
                    timeout=cdk.Duration.minutes(14),
                )
            )


def _text(value: Any) -> str | None:
    """A text, which is a token if it refers to another resource."""
    return cdk.Token.as_string(value) if isinstance(value, dict) else value


def _with_tokens(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement whose ARNs of other resources are tokens, as those of constructs are."""
    given = statement["Resource"]
    arns = [_text(each) for each in (given if isinstance(given, list) else [given])]
    return {**statement, "Resource": arns}


def make_stack(app: cdk.App, chart: Path) -> cdk.Stack:
    return ByHandEksStack(app, STACK_NAME, chart=chart)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        synthesize(lambda app: make_stack(app, make_chart(Path(folder))))
