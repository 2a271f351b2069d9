"""Things outside the cluster, known by name or ARN alone.

Each has the attribute of the CDK interface it stands for, so that a model can be made where there
is no CDK: from a request, for example.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleReference:
    """An IAM role, as `aws_iam.IRole` is one."""

    role_arn: str


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A KMS key, as `aws_kms.IKey` is one."""

    key_arn: str


@dataclass(frozen=True, slots=True)
class SubnetReference:
    """A subnet, as `aws_ec2.ISubnet` is one."""

    subnet_id: str


@dataclass(frozen=True, slots=True)
class SecurityGroupReference:
    """A security group, as `aws_ec2.ISecurityGroup` is one."""

    security_group_id: str


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret of Secrets Manager, as `aws_secretsmanager.ISecret` is one."""

    secret_arn: str


@dataclass(frozen=True, slots=True)
class AlarmReference:
    """A CloudWatch alarm, as `aws_cloudwatch.IAlarm` is one."""

    alarm_name: str


@dataclass(frozen=True, slots=True)
class EksClusterReference:
    """An EKS cluster, as `aws_eks.ICluster` is one."""

    cluster_arn: str
