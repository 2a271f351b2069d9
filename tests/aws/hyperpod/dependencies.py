"""What an orchestrator needs outside of the cluster: an EKS cluster, a database, a topic, a role.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling-iam.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.permissions import allowed, role, trusts
from tests.aws.rules.reachability import allows

from .group_rules import Group, refuse
from .lifecycle_objects import forms, scripts_failed

Json = Mapping[str, Any]
AUTO_SCALER = "hyperpod.sagemaker.amazonaws.com"


def check_outside(cloud: Cloud, groups: Sequence[Group], request: Json) -> None:
    """Refuses a cluster whose orchestrator lacks something."""
    orchestrator = request.get("Orchestrator", {})
    if "Eks" in orchestrator:
        _check_eks(cloud, orchestrator["Eks"]["ClusterArn"], groups)
    if request.get("AutoScaling", {}).get("Mode") == "Enable":
        _check_cluster_role(cloud, request["ClusterRole"])
    nodes = request.get("VpcConfig", {}).get("SecurityGroupIds", [])
    database = orchestrator.get("Slurm", {}).get("AccountingDatabase")
    if database is not None:
        _check_database(
            cloud, _controller(groups), database["SecretArn"], database["Endpoint"], nodes
        )
    for form in forms(cloud, groups).values():
        shared = form.get("slurm_configurations")
        if shared is not None:
            controller = next(
                group for group in groups if group["InstanceGroupName"] == form["controller_group"]
            )
            _check_shared(cloud, controller, shared, nodes)


def _check_eks(cloud: Cloud, arn: str, groups: Sequence[Group]) -> None:
    try:
        cloud.client("eks").describe_cluster(name=arn.rpartition("/")[2])
    except ClientError as error:
        raise refuse(f"EKS cluster {arn} does not exist") from error
    for execution_role in {group["ExecutionRole"] for group in groups}:
        caller = role(cloud, execution_role)
        for action, resource in (
            ("ec2:AttachNetworkInterface", f"arn:aws:ec2:{cloud.region}:1:instance/i-0"),
            ("ec2:DescribeInstances", "*"),
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchGetImage", f"arn:aws:ecr:{cloud.region}:602401143452:repository/eks/pause"),
            ("eks-auth:AssumeRoleForPodIdentity", arn),
        ):
            if not allowed(cloud, caller, action, resource):
                raise refuse(
                    f"{execution_role} is not authorized to perform {action} on {resource}"
                )


def _check_cluster_role(cloud: Cloud, arn: str) -> None:
    if not trusts(cloud, arn, AUTO_SCALER):
        raise refuse(f"{AUTO_SCALER} cannot assume the cluster role {arn}")
    cluster = f"arn:aws:sagemaker:{cloud.region}:{cloud.account}:cluster/abcdefghijkl"
    for action in ("sagemaker:BatchAddClusterNodes", "sagemaker:BatchDeleteClusterNodes"):
        if not allowed(cloud, role(cloud, arn), action, cluster):
            raise refuse(f"{arn} is not authorized to perform {action}")


def _check_shared(cloud: Cloud, controller: Group, shared: Json, nodes: Sequence[str]) -> None:
    secret, endpoint = shared["slurm_database_secret_arn"], shared["slurm_database_endpoint"]
    _check_database(cloud, controller, secret, endpoint, nodes)
    if controller["InstanceCount"] == 1:
        raise scripts_failed("slurm_configurations are for two controllers and more")
    topic = shared.get("slurm_sns_arn")
    if topic is not None:
        if not allowed(cloud, role(cloud, controller["ExecutionRole"]), "sns:Publish", topic):
            raise scripts_failed(f"AccessDenied: sns:Publish on {topic}")
        cloud.client("sns").get_topic_attributes(TopicArn=topic)


def _check_database(
    cloud: Cloud, controller: Group, secret: str, endpoint: str, nodes: Sequence[str]
) -> None:
    caller = role(cloud, controller["ExecutionRole"])
    if not allowed(cloud, caller, "secretsmanager:GetSecretValue", secret):
        raise scripts_failed(f"AccessDenied: secretsmanager:GetSecretValue on {secret}")
    text = cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    if "password" not in text:
        raise scripts_failed(f"{secret} has no password")
    found = [
        database
        for database in cloud.client("rds").describe_db_instances()["DBInstances"]
        if database["Endpoint"]["Address"] == endpoint
    ]
    if not found:
        raise scripts_failed(f"slurmdbd: Unknown MySQL server host '{endpoint}'")
    own = [group["VpcSecurityGroupId"] for group in found[0]["VpcSecurityGroups"]]
    described = cloud.client("ec2").describe_security_groups(GroupIds=own)["SecurityGroups"]
    rules = [rule for group in described for rule in group["IpPermissions"]]
    if not allows(rules, nodes, (3306, 3306)):
        raise scripts_failed(f"slurmdbd: Can't connect to MySQL server on '{endpoint}:3306'")


def _controller(groups: Sequence[Group]) -> Group:
    return next(group for group in groups if group["SlurmConfig"]["NodeType"] == "Controller")
