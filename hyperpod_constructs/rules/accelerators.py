"""Rules for accelerators and EFA.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-resiliency-deep-health-checks.html
and https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_types import InstanceType, instance_types
from hyperpod_constructs.model.groups.resiliency import DeepHealthCheck
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .api_only import api_only_value
from .basis import Basis
from .queries import AnyGroup, all_groups, instance_groups, instance_types_of, is_known
from .rule import rule

_API_ONLY_CHECK = "MultiNodeTrainingValidation"


@rule(basis=Basis.CLOUDFORMATION)
def checks_in_cloudformation(model: ClusterValues) -> Iterator[Problem]:
    """Deep health checks must be unique. CloudFormation supports two of the three types of the API.

    In a request of the API, the third type is a warning.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterinstancegroup.html
    """
    for path, group in all_groups(model):
        argument = f"{path}.deep_health_checks"
        if is_unresolved(group.deep_health_checks):
            continue
        names = [str(check) for check in group.deep_health_checks]
        if len(set(names)) < len(names):
            yield Problem(
                code="DeepHealthChecks",
                path=argument,
                value=names,
                message="contains a check more than once",
                fix="specify each check once",
            )
        for index, name in enumerate(names):
            if not is_known(name) or name in tuple(DeepHealthCheck):
                continue
            if model.is_request and name == _API_ONLY_CHECK:
                yield api_only_value(f"{argument}[{index}]", name)
            else:
                yield Problem(
                    code="DeepHealthChecks",
                    path=f"{argument}[{index}]",
                    value=name,
                    message="is not supported by CloudFormation",
                    fix="use DeepHealthCheck.INSTANCE_STRESS or .INSTANCE_CONNECTIVITY",
                )


@rule(basis=Basis.AWS_PAGE)
def checks_of_accelerators(model: ClusterValues) -> Iterator[Problem]:
    """Deep health checks skip instances without accelerators.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-resiliency-deep-health-checks.html
    """
    for path, group in all_groups(model):
        if not group.deep_health_checks or is_unresolved(group.deep_health_checks):
            continue
        without = [name for name, known in _known_types(group) if not known.accelerated]
        if without:
            yield Problem(
                code="DeepHealthChecksOfCpu",
                path=f"{path}.deep_health_checks",
                value=[str(check) for check in group.deep_health_checks],
                message=f"do not run on {without[0]!r}, which has no accelerators",
                fix="omit deep_health_checks",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def checks_of_connectivity(model: ClusterValues) -> Iterator[Problem]:
    """The connectivity check requires at least two nodes with EFA.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-resiliency-deep-health-checks.html
    """
    for path, group in all_groups(model):
        if DeepHealthCheck.INSTANCE_CONNECTIVITY not in group.deep_health_checks:
            continue
        without = [name for name, known in _known_types(group) if known.efa is False]
        if group.count == 1 or without:
            reason = (
                f"{without[0]!r} is not known to support it"
                if without
                else "the group has only one node"
            )
            yield Problem(
                code="InstanceConnectivity",
                path=f"{path}.deep_health_checks",
                value=str(DeepHealthCheck.INSTANCE_CONNECTIVITY),
                message=f"tests data transfer between nodes over EFA, and {reason}",
                fix="use only DeepHealthCheck.INSTANCE_STRESS",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def network_interfaces_with_efa(model: ClusterValues) -> Iterator[Problem]:
    """A network interface type requires an instance type with EFA.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
    """
    for path, group in instance_groups(model):
        if not is_known(group.network_interface_type):
            continue
        without = [name for name, known in _known_types(group) if known.efa is False]
        if without:
            yield Problem(
                code="NetworkInterfaceType",
                path=f"{path}.network_interface_type",
                value=str(group.network_interface_type),
                message=f"requires EFA, which {without[0]!r} is not known to support",
                fix="omit network_interface_type",
                severity=Severity.WARNING,
            )


def _known_types(group: AnyGroup) -> Iterator[tuple[str, InstanceType]]:
    types = instance_types()
    for name in instance_types_of(group):
        if name in types:
            yield name, types[name]
