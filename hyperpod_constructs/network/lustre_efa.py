"""What FSx for Lustre requires of a file system with EFA.

Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/efa-file-systems.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, stack_of
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .efa_security_group import allows_efa
from .resource_identity import referenced
from .security_group_rules import created_security_group

_CONFIGURATION = "lustre_configuration"
_DEPLOYMENT_TYPE = "PERSISTENT_2"


def lustre_efa_problems(path: str, dns_name: str, *, efa: bool | None) -> Iterator[Problem]:
    """A file system with EFA requires a deployment type, metadata configuration and rules.

    Only file systems of the app are validated.

    Args:
        path: Path of the file system.
        dns_name: DNS name of the file system.
        efa: Whether the file system is said to have EFA.
    """
    resource: Any = referenced(dns_name)
    if resource is None or not hasattr(type(resource), _CONFIGURATION):
        return
    configuration = stack_of(resource).resolve(resource.lustre_configuration)
    if not isinstance(configuration, Mapping):
        return
    enabled = configuration.get("efaEnabled", False)
    if enabled is False and efa and not _is_of_construct(resource):
        yield _problem(
            path,
            resource,
            "does not set efa_enabled in its lustre_configuration, and has no EFA",
            "set efa_enabled=True, or omit efa=True",
        )
    if enabled is not True:
        return
    kind = configuration.get("deploymentType")
    if isinstance(kind, str) and kind != _DEPLOYMENT_TYPE and not is_unresolved(kind):
        yield _problem(
            path,
            resource,
            f"has EFA, which the deployment type {kind} does not support",
            f"use deployment_type={_DEPLOYMENT_TYPE!r}",
        )
    if "metadataConfiguration" not in configuration:
        yield _problem(
            path,
            resource,
            "has EFA, which requires a metadata configuration",
            "pass metadata_configuration=fsx.CfnFileSystem.MetadataConfigurationProperty("
            "mode='AUTOMATIC')",
        )
    yield from _traffic_problems(path, resource)


def _traffic_problems(path: str, resource: Any) -> Iterator[Problem]:
    """FSx refuses a file system with EFA whose security groups do not allow it among its servers.

    Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/cannot-create-fs.html
    """
    groups = [created_security_group(each) for each in resource.security_group_ids or ()]
    known = [group for group in groups if group is not None]
    if known and len(known) == len(groups) and not any(map(allows_efa, known)):
        yield _problem(
            path,
            resource,
            "has EFA, and its security groups do not allow all traffic from and to themselves",
            "use an hp.EfaSecurityGroup for the file system",
        )


def _is_of_construct(resource: IConstruct) -> bool:
    """Whether the resource is that of a construct of CDK, in which EFA can only be overridden."""
    scope = node_of(resource).scope
    return scope is not None and hasattr(type(scope), "mount_name")


def _problem(path: str, resource: IConstruct, message: str, fix: str) -> Problem:
    """FSx does not create a file system that does not meet the requirements of EFA."""
    return Problem(
        code="LustreEfa",
        path=path,
        value=path_of(resource),
        message=message,
        fix=fix,
        severity=Severity.WARNING,
    )
