"""Attributes of a cluster and their arguments: what they must be, and which are not available."""

import re
from collections.abc import Iterator, Sequence

from hyperpod_constructs.model.names import name_problems
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import text_problems

_INSTANCE_ID = r"i-[0-9a-f]{8,17}"
_PLACEHOLDER = r"<[^<>\s]+>"
_CLUSTER_ARN = r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:cluster/[a-z0-9]{12}"


def group_name_problems(name: object, known: Sequence[str]) -> Iterator[Problem]:
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


def instance_id_problems(instance_id: object) -> Iterator[Problem]:
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


def cluster_arn_problems(arn: object) -> Iterator[Problem]:
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


def unknown_name() -> ValidationError:
    """The name of a cluster is available only if it is specified, not if it is generated."""
    return unavailable_attribute(
        "cluster_name",
        None,
        code="UnknownClusterName",
        message="is not specified, and CloudFormation does not return the name that it generates",
        fix="pass cluster_name= to the cluster",
    )


def unknown_security_groups() -> ValidationError:
    """The security groups of an imported cluster must be specified to be used."""
    return _left_out(
        "security_groups", code="UnknownSecurityGroups", fix="pass security_groups=[...]"
    )


def unknown_role() -> ValidationError:
    """The execution role of an imported cluster must be specified to be used."""
    return _left_out("execution_role", code="UnknownExecutionRole", fix="pass execution_role=")


def _left_out(path: str, *, code: str, fix: str) -> ValidationError:
    """The attribute requires an argument that was not specified."""
    return unavailable_attribute(
        path, None, code=code, message="is required for this attribute", fix=fix
    )
