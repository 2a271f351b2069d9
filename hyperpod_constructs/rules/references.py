"""Rules for references by ARN, ID or name.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import (
    AlarmReference,
    EksClusterReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems

from .basis import Basis
from .queries import all_groups, instance_groups
from .rule import rule

_MAX_ARN_LENGTH = 2048
_ROLE = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-/]+"
_KEY = r"[a-zA-Z0-9:/_-]+"
_EKS_CLUSTER = r"arn:aws[a-z-]*:eks:[a-z0-9-]*:[0-9]{12}:cluster/[0-9A-Za-z][A-Za-z0-9_-]{0,99}"
_SECRETS_MANAGER = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]*:[0-9]{12}:secret:[^\s]+"
_NETWORK_ID = r"-[0-9a-f]{8}([0-9a-f]{9})?"
_ALARM = r"(?!\s*$).+"


@rule(basis=Basis.SERVICE_MODEL)
def role_arns(model: ClusterValues) -> Iterator[Problem]:
    """A role must be specified by its ARN."""
    roles = {
        **{f"{path}.execution_role": group.execution_role for path, group in all_groups(model)},
        "cluster_role": model.cluster_role,
    }
    for path, role in roles.items():
        if isinstance(role, RoleReference):
            yield from pattern_problems(
                code="RoleArn",
                path=path,
                value=role.role_arn,
                pattern=_ROLE,
                min_length=20,
                max_length=_MAX_ARN_LENGTH,
                message="is not a valid role ARN",
                fix="use an ARN such as 'arn:aws:iam::111122223333:role/name'",
            )


@rule(basis=Basis.SERVICE_MODEL)
def key_arns(model: ClusterValues) -> Iterator[Problem]:
    """A key must be specified by its ARN, ID or alias.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterEbsVolumeConfig.html
    """
    for path, group in all_groups(model):
        for number, volume in enumerate(group.volumes):
            if isinstance(volume.kms_key, KeyReference):
                yield from pattern_problems(
                    code="KmsKeyId",
                    path=f"{path}.volumes[{number}].kms_key",
                    value=volume.kms_key.key_arn,
                    pattern=_KEY,
                    max_length=_MAX_ARN_LENGTH,
                    message="is not a valid key ARN",
                    fix="use an ARN such as 'arn:aws:kms:us-west-2:111122223333:key/id'",
                )


@rule(basis=Basis.SERVICE_MODEL)
def eks_cluster_arn(model: ClusterValues) -> Iterator[Problem]:
    """An EKS cluster must be specified by its ARN.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterOrchestratorEksConfig.html
    """
    cluster = getattr(model.orchestrator, "cluster", None)
    if isinstance(cluster, EksClusterReference):
        yield from pattern_problems(
            code="EksClusterArn",
            path="orchestrator.cluster",
            value=cluster.cluster_arn,
            pattern=_EKS_CLUSTER,
            min_length=20,
            max_length=_MAX_ARN_LENGTH,
            message="is not a valid EKS cluster ARN",
            fix="use an ARN such as 'arn:aws:eks:us-west-2:111122223333:cluster/name'",
        )


@rule(basis=Basis.SERVICE_MODEL)
def secret_arn(model: ClusterValues) -> Iterator[Problem]:
    """The secret of an accounting database must be specified by its ARN.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAccountingDatabase.html
    """
    database = getattr(model.orchestrator, "accounting_database", None)
    secret = getattr(database, "secret", None)
    if isinstance(secret, SecretReference):
        yield from pattern_problems(
            code="SecretArn",
            path="orchestrator.accounting_database.secret",
            value=secret.secret_arn,
            pattern=_SECRETS_MANAGER,
            min_length=20,
            max_length=_MAX_ARN_LENGTH,
            message="is not a valid secret ARN",
            fix="use the ARN from aws secretsmanager describe-secret",
        )


@rule(basis=Basis.SERVICE_MODEL)
def network_ids(model: ClusterValues) -> Iterator[Problem]:
    """Subnets and security groups must be specified by their IDs.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
    """
    known_groups = () if is_unresolved(model.security_group_ids) else model.security_group_ids
    ids: list[tuple[str, str, str | None]] = [
        *(
            ("subnet", f"vpc_subnets[{index}]", subnet.subnet_id)
            for index, subnet in enumerate(model.subnets or ())
        ),
        *(("sg", f"security_groups[{index}]", each) for index, each in enumerate(known_groups)),
    ]
    for path, group in all_groups(model):
        for index, subnet in enumerate(group.subnets):
            if isinstance(subnet, SubnetReference):
                ids.append(("subnet", f"{path}.subnets[{index}]", subnet.subnet_id))
        for index, security_group in enumerate(group.security_groups):
            if isinstance(security_group, SecurityGroupReference):
                place = f"{path}.security_groups[{index}]"
                ids.append(("sg", place, security_group.security_group_id))
    for kind, path, value in ids:
        yield from pattern_problems(
            code="NetworkId",
            path=path,
            value=value,
            pattern=kind + _NETWORK_ID,
            max_length=32,
            message=f"must be '{kind}-' followed by 8 or 17 hexadecimal digits",
            fix=f"use an ID such as '{kind}-0123456789abcdef0'",
        )


@rule(basis=Basis.SERVICE_MODEL)
def alarm_names(model: ClusterValues) -> Iterator[Problem]:
    """The name of an alarm must be 1 to 255 characters.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlarmDetails.html
    """
    for path, group in instance_groups(model):
        for name in ("scheduled_update", "auto_patch"):
            update = getattr(getattr(group, name), "rolling_update", None)
            for index, alarm in enumerate(getattr(update, "rollback_alarms", ())):
                if isinstance(alarm, AlarmReference):
                    yield from pattern_problems(
                        code="AlarmName",
                        path=f"{path}.{name}.rolling_update.rollback_alarms[{index}]",
                        value=alarm.alarm_name,
                        pattern=_ALARM,
                        max_length=255,
                        message="must be an alarm name of 1 to 255 characters",
                        fix="use the AlarmName from aws cloudwatch describe-alarms",
                    )
