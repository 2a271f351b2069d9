"""References to resources outside the cluster by name or ARN.

Each has the attribute of the corresponding CDK interface, so that a model can be created without
CDK, such as from a request. Constructs require the
CDK object, except for an EKS cluster.
"""

from hyperpod_constructs.model.value_class import value_class


@value_class(frozen=True, slots=True)
class RoleReference:
    """An IAM role, in a `ClusterModel` an alternative to `aws_iam.IRole`."""

    role_arn: str


@value_class(frozen=True, slots=True)
class KeyReference:
    """A KMS key, in a `ClusterModel` an alternative to `aws_kms.IKey`."""

    key_arn: str


@value_class(frozen=True, slots=True)
class SubnetReference:
    """A subnet, in a `ClusterModel` an alternative to `aws_ec2.ISubnet`."""

    subnet_id: str


@value_class(frozen=True, slots=True)
class SecurityGroupReference:
    """A security group, in a `ClusterModel` an alternative to `aws_ec2.ISecurityGroup`."""

    security_group_id: str


@value_class(frozen=True, slots=True)
class SecretReference:
    """A secret of Secrets Manager, in a `ClusterModel` an alternative to `ISecret`."""

    secret_arn: str


@value_class(frozen=True, slots=True)
class AlarmReference:
    """A CloudWatch alarm, in a `ClusterModel` an alternative to `aws_cloudwatch.IAlarm`."""

    alarm_name: str


@value_class(frozen=True, slots=True)
class EksClusterReference:
    """An EKS cluster, as an alternative to `aws_eks.ICluster`."""

    cluster_arn: str
