"""The stack of the sample, with aws-cdk-lib alone: `python -m tests.benchmarks.by_hand 100`."""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from .shared import CLEANUP, CLUSTER_NAME, SCRIPTS, STACK_NAME, Group, instance_groups, synthesize

Cfn = sagemaker.CfnCluster
PREFIX = f"lifecycle-scripts/{CLUSTER_NAME}"
BACKUPS = f"{PREFIX}-accounting"
LOG_GROUP_PREFIX = "/aws/sagemaker/Clusters"
STEPS = json.dumps({"accounting": {}, "ssh_between_nodes": True, "log_rotation": True}, indent=2)


class ByHandStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, *, number: int) -> None:
        super().__init__(scope, id, description="Slurm cluster on Amazon SageMaker HyperPod")
        groups = list(instance_groups(number))
        vpc = self._vpc()
        nodes = self._security_group(vpc)
        scratch = self._scratch(vpc, nodes)
        bucket = self._bucket()
        form = _form(groups, scratch)
        prefix = f"{PREFIX}/{_digest(groups)}"
        upload = self._upload(bucket, prefix, form)
        cleanup_role, cleanup = self._cleanup(bucket)
        upload.node.find_child("CustomResource").node.add_dependency(cleanup)
        self._one_writer(bucket, PREFIX, [upload.handler_role.role_arn, cleanup_role])
        roles = self._roles(bucket, vpc, nodes)
        self._one_writer(bucket, BACKUPS, [roles["controller"].role_arn, cleanup_role])
        cluster = Cfn(
            self,
            "Cluster",
            cluster_name=CLUSTER_NAME,
            instance_groups=_cfn_groups(groups, roles, f"s3://{bucket.bucket_name}/{prefix}"),
            node_recovery="Automatic",
            vpc_config=Cfn.VpcConfigProperty(
                security_group_ids=[nodes.security_group_id],
                subnets=[vpc.private_subnets[0].subnet_id],
            ),
        )
        cluster.node.add_dependency(
            upload.node.find_child("CustomResource"),
            *roles.values(),
            vpc.private_subnets[0].internet_connectivity_established,
            vpc.node.find_child("S3Endpoint"),
            nodes,
            *scratch.connections.security_groups,
        )
        self._tell(cluster.ref, bucket, groups)

    def _vpc(self) -> ec2.Vpc:
        flow_logs = logs.LogGroup(self, "FlowLogs", retention=logs.RetentionDays.ONE_YEAR)
        return ec2.Vpc(
            self,
            "Vpc",
            max_azs=1,
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            nat_gateways=1,
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
            gateway_endpoints={
                "S3Endpoint": ec2.GatewayVpcEndpointOptions(
                    service=ec2.GatewayVpcEndpointAwsService.S3
                )
            },
            flow_logs={
                "FlowLog": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs)
                )
            },
        )

    def _security_group(self, vpc: ec2.Vpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="HyperPod nodes: EFA among themselves, all traffic out",
            allow_all_outbound=True,
        )
        group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes")
        ec2.CfnSecurityGroupEgress(
            group,
            "SelfEgress",
            group_id=group.security_group_id,
            ip_protocol="-1",
            destination_security_group_id=group.security_group_id,
            description="All traffic to the nodes",
        )
        return group

    def _scratch(self, vpc: ec2.Vpc, nodes: ec2.SecurityGroup) -> fsx.LustreFileSystem:
        scratch = fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=vpc,
            vpc_subnet=vpc.private_subnets[0],
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        for ports in (ec2.Port.tcp(988), ec2.Port.tcp_range(1018, 1023)):
            scratch.connections.allow_from(nodes, ports, "HyperPod nodes")
        resource = cast("fsx.CfnFileSystem", scratch.node.default_child)
        own = scratch.connections.security_groups[0]
        rule = own.node.children[1]
        resource.add_resource_dependency(cast("ec2.CfnSecurityGroupIngress", rule))
        return scratch

    def _bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            bucket_name=f"sagemaker-{CLUSTER_NAME}-{self.account}-{self.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    prefix=f"{BACKUPS}/", noncurrent_version_expiration=cdk.Duration.days(7)
                )
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    def _one_writer(self, bucket: s3.Bucket, prefix: str, roles: list[str]) -> None:
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[
                    "s3:DeleteObject*",
                    "s3:PutObject",
                    "s3:PutObjectAcl",
                    "s3:PutObjectVersionAcl",
                    "s3:ReplicateDelete",
                    "s3:ReplicateObject",
                    "s3:RestoreObject",
                ],
                resources=[bucket.arn_for_objects(f"{prefix}/*")],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": roles}},
            )
        )

    def _cleanup(self, bucket: s3.Bucket) -> tuple[str, cdk.CustomResource]:
        role = cdk.CfnResource(
            self,
            "CleanupRole",
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": _allow(
                    Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}
                ),
                "Policies": [
                    {
                        "PolicyName": "List",
                        "PolicyDocument": _allow(
                            Action="s3:ListBucketVersions", Resource=bucket.bucket_arn
                        ),
                    },
                    {
                        "PolicyName": "Delete",
                        "PolicyDocument": _allow(
                            Action="s3:DeleteObjectVersion", Resource=bucket.arn_for_objects("*")
                        ),
                    },
                    {
                        "PolicyName": "Status",
                        "PolicyDocument": _allow(
                            Action="cloudformation:ListStackResources", Resource=cdk.Aws.STACK_ID
                        ),
                    },
                ],
            },
        )
        function = cdk.CfnResource(
            self,
            "CleanupFunction",
            type="AWS::Lambda::Function",
            properties={
                "Code": {"ZipFile": CLEANUP.read_text()},
                "Handler": "index.handler",
                "MemorySize": 256,
                "Role": role.get_att("Arn"),
                "Runtime": "python3.13",
                "Timeout": 300,
            },
        )
        resource = cdk.CustomResource(
            self,
            "Cleanup",
            resource_type="Custom::HyperPodNewBucket",
            service_token=function.get_att("Arn").to_string(),
            properties={"BucketName": bucket.bucket_name},
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        return role.get_att("Arn").to_string(), resource

    def _upload(self, bucket: s3.Bucket, prefix: str, form: str) -> s3_deployment.BucketDeployment:
        return s3_deployment.BucketDeployment(
            self,
            "Upload",
            destination_bucket=bucket,
            destination_key_prefix=prefix,
            sources=[
                s3_deployment.Source.asset(str(SCRIPTS), exclude=["__pycache__", "*.pyc"]),
                s3_deployment.Source.data("provisioning_params.json", form),
                s3_deployment.Source.data("provisioning_parameters.json", form),
                s3_deployment.Source.data("steps.json", STEPS),
            ],
            prune=True,
            retain_on_delete=True,
        )

    def _roles(
        self, bucket: s3.Bucket, vpc: ec2.Vpc, nodes: ec2.SecurityGroup
    ) -> dict[str, iam.Role]:
        def policy(node_type: str) -> iam.PolicyDocument:
            own = self._backups(bucket) if node_type == "controller" else []
            return iam.PolicyDocument(statements=[*self._statements(bucket, vpc, nodes), *own])

        return {
            node_type: iam.Role(
                self,
                node_type.capitalize(),
                assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
                description=f"HyperPod {node_type} nodes",
                inline_policies={"HyperPodNode": policy(node_type)},
            )
            for node_type in ("controller", "login", "worker")
        }

    def _backups(self, bucket: s3.Bucket) -> list[iam.PolicyStatement]:
        account = {"aws:ResourceAccount": self.account}
        return [
            iam.PolicyStatement(
                sid="AccountingBackups",
                actions=["s3:GetObject", "s3:PutObject"],
                resources=[bucket.arn_for_objects(f"{BACKUPS}/*")],
                conditions={"StringEquals": account},
            ),
            iam.PolicyStatement(
                sid="AccountingBackupList",
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringEquals": account, "StringLike": {"s3:prefix": f"{BACKUPS}/*"}},
            ),
        ]

    def _statements(
        self, bucket: s3.Bucket, vpc: ec2.Vpc, nodes: ec2.SecurityGroup
    ) -> list[iam.PolicyStatement]:
        aws = f"arn:{self.partition}"
        log_group = (
            f"{aws}:logs:{self.region}:{self.account}:log-group:{LOG_GROUP_PREFIX}/{CLUSTER_NAME}/*"
        )
        of_ec2 = f"{aws}:ec2:{self.region}:{self.account}"
        interfaces = f"{of_ec2}:network-interface/*"
        return [
            iam.PolicyStatement(
                sid="LogGroups",
                actions=["logs:CreateLogGroup", "logs:DescribeLogStreams"],
                resources=[log_group],
            ),
            iam.PolicyStatement(
                sid="LogStreams",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"{log_group}:log-stream:*"],
            ),
            iam.PolicyStatement(
                sid="Metrics",
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": LOG_GROUP_PREFIX}},
            ),
            iam.PolicyStatement(
                sid="Sessions",
                actions=[
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                sid="CreateNetworkInterfaces",
                actions=["ec2:CreateNetworkInterface"],
                resources=[
                    interfaces,
                    f"{of_ec2}:security-group/{nodes.security_group_id}",
                    f"{of_ec2}:subnet/{vpc.private_subnets[0].subnet_id}",
                ],
            ),
            iam.PolicyStatement(
                sid="NetworkInterfaces",
                actions=[
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:CreateTags",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DeleteNetworkInterfacePermission",
                    "ec2:DetachNetworkInterface",
                ],
                resources=[interfaces],
                conditions={"ArnEquals": {"ec2:Vpc": [f"{of_ec2}:vpc/{vpc.vpc_id}"]}},
            ),
            iam.PolicyStatement(
                sid="DetachNetworkInterfaces",
                actions=["ec2:DetachNetworkInterface"],
                resources=[f"{aws}:ec2:{self.region}:*:instance/*"],
            ),
            iam.PolicyStatement(
                sid="NetworkInterfaceTags",
                actions=["ec2:CreateTags"],
                resources=[interfaces],
                conditions={"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
            ),
            iam.PolicyStatement(
                sid="NetworkDescriptions",
                actions=[
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                sid="LifecycleBucket",
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringEquals": {"aws:ResourceAccount": self.account}},
            ),
            iam.PolicyStatement(
                sid="LifecycleScripts",
                actions=["s3:GetObject"],
                resources=[bucket.arn_for_objects(f"{PREFIX}/*")],
                conditions={"StringEquals": {"aws:ResourceAccount": self.account}},
            ),
        ]

    def _tell(self, arn: str, bucket: s3.Bucket, groups: Sequence[Group]) -> None:
        cluster_id = cdk.Fn.select(1, cdk.Fn.split("/", arn))
        for name, value, description in (
            ("ClusterArn", arn, "ARN of the cluster"),
            ("LifecycleBucket", bucket.bucket_name, "Scripts and form"),
            ("LogGroup", f"{LOG_GROUP_PREFIX}/{CLUSTER_NAME}/{cluster_id}", "Logs of the nodes"),
            (
                "SsmTarget",
                f"sagemaker-cluster:{cluster_id}_login-<instance-id>",
                "aws ssm start-session",
            ),
            ("RequiredQuotas", _quotas(groups), "Service quotas the cluster needs"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)


def _allow(**statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def make_stack(app: cdk.App, number: int) -> cdk.Stack:
    return ByHandStack(app, STACK_NAME, number=number)


def _form(groups: Sequence[Group], scratch: fsx.LustreFileSystem) -> str:
    form = {
        "version": "1.0.0",
        "workload_manager": "slurm",
        "controller_group": "controller",
        "login_group": "login",
        "worker_groups": [
            {"instance_group_name": group.name, "partition_name": group.partition}
            for group in groups
            if group.node_type == "worker"
        ],
        "fsx_dns_name": scratch.dns_name,
        "fsx_mountname": scratch.mount_name,
    }
    return json.dumps(form, indent=2) + "\n"


def _digest(groups: Sequence[Group]) -> str:
    digest = hashlib.sha256(repr((groups, STEPS)).encode())
    for path in sorted(SCRIPTS.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cfn_groups(
    groups: Sequence[Group], roles: dict[str, iam.Role], source_s3_uri: str
) -> list[sagemaker.CfnCluster.ClusterInstanceGroupProperty]:
    arns = {node_type: role.role_arn for node_type, role in roles.items()}
    life_cycle_config = Cfn.ClusterLifeCycleConfigProperty(
        on_create="on_create.sh", source_s3_uri=source_s3_uri
    )
    volume = Cfn.ClusterInstanceStorageConfigProperty(
        ebs_volume_config=Cfn.ClusterEbsVolumeConfigProperty(volume_size_in_gb=500)
    )
    return [
        Cfn.ClusterInstanceGroupProperty(
            execution_role=arns[group.node_type],
            instance_count=group.count,
            instance_group_name=group.name,
            instance_storage_configs=[volume],
            instance_type=group.instance_type,
            life_cycle_config=life_cycle_config,
            threads_per_core=2,
        )
        for group in groups
    ]


def _quotas(groups: Sequence[Group]) -> str:
    counts: Counter[str] = Counter()
    for group in groups:
        counts[group.instance_type] += group.count
    return ", ".join(
        f"{instance_type} for cluster usage: {count}"
        for instance_type, count in sorted(counts.items())
    )


if __name__ == "__main__":
    synthesize(lambda app: make_stack(app, int(sys.argv[-1])))
