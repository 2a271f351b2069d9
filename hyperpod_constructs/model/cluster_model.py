"""All of a cluster in one value, and the judgement of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import rules
from .errors import Problem, Severity, ValidationError, wrong_type
from .instance_group import InstanceGroup
from .lifecycle_steps import LifecycleSteps
from .orchestrator import Slurm
from .provisioning_params import ProvisioningParams, SlurmConfigurations
from .resiliency import NodeRecovery
from .script_folder import ScriptFolder
from .storage import FileSystemMount, LustreMount, OpenZfsMount
from .tokens import is_unresolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """What the rules need to know of a subnet.

    Attributes:
        name: How the user knows it, such as its construct path.
        public: Whether instances in it are reached from the internet.
        isolated: Whether it has no route to the internet.
        availability_zone: Its zone, if it is known.
        ipv4_cidr_block: Its addresses, such as `10.0.128.0/17`, if they are known.
    """

    name: str = "subnet"
    public: bool = False
    isolated: bool = False
    availability_zone: str | None = None
    ipv4_cidr_block: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterModel:
    """A HyperPod cluster as values alone: no CDK app, no Node.js, no AWS account.

    Making one does not judge it; `problems()` does, and `check()` raises what it finds.

    Attributes:
        instance_groups: The groups, in their order.
        cluster_name: 1 to 63 letters, digits and inner hyphens. Chosen by CloudFormation when
            left out.
        orchestrator: What schedules jobs. Slurm by default.
        file_systems: What every node mounts.
        subnets: Subnets of the cluster. The service's own network when left out.
        own_subnets: For each group its own subnet, or None for a group in those of the cluster.
        vpc_arguments: Names of other arguments that were given and are about a VPC.
        node_recovery: What happens to a faulty node. It is replaced by default.
        provisioning_params: A form that was written by somebody else. The form is made from the
            groups when left out.
        scripts: The lifecycle scripts, if they lie on this machine.
        steps: What the default lifecycle scripts do. Scripts of the user's own do without when
            left out.
    """

    instance_groups: Sequence[InstanceGroup]
    cluster_name: str | None = None
    orchestrator: Slurm = Slurm()
    file_systems: Sequence[FileSystemMount] = ()
    subnets: Sequence[Subnet] | None = None
    own_subnets: Sequence[Subnet | None] | None = None
    vpc_arguments: Sequence[str] = ()
    node_recovery: NodeRecovery = NodeRecovery.AUTOMATIC
    provisioning_params: ProvisioningParams | None = None
    scripts: ScriptFolder | None = None
    steps: LifecycleSteps | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong or doubtful, in the order of the arguments."""
        return tuple(self._problems())

    def check(self) -> tuple[Problem, ...]:
        """Raises the errors, or returns the warnings.

        Raises:
            ValidationError: With every problem whose severity is `Severity.ERROR`.
        """
        problems = self.problems()
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            raise ValidationError(errors)
        return problems

    def form(self) -> ProvisioningParams:
        """The given form, or the one made from the groups.

        Raises:
            ValidationError: As `ProvisioningParams` says.
        """
        return self.provisioning_params or self.orchestrator.provisioning_params(
            self.instance_groups, self.file_systems
        )

    def required_quotas(self) -> dict[str, int]:
        """The service quotas the cluster needs: name of the quota and number of instances.

        Each counts all clusters of the account and region, and is 0 by default. Groups whose
        type or count is only known at deployment are not counted.
        Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
        """
        quotas: dict[str, int] = {}
        for group in self.instance_groups:
            if not is_unresolved(group.count) and not is_unresolved(group.instance_type):
                name = f"{group.instance_type} for cluster usage"
                quotas[name] = quotas.get(name, 0) + group.count
        return dict(sorted(quotas.items()))

    def _problems(self) -> Iterator[Problem]:
        wrong_types = (*self._type_problems(), *self._step_type_problems())
        yield from wrong_types
        if not wrong_types:
            for rule in rules.RULES:
                yield from rule(self)

    def _type_problems(self) -> Iterator[Problem]:
        if not isinstance(self.orchestrator, Slurm):
            yield wrong_type("orchestrator", self.orchestrator, "Slurm()")
        elif not isinstance(self.orchestrator.slurm_configurations, SlurmConfigurations | None):
            yield wrong_type(
                "orchestrator.slurm_configurations",
                self.orchestrator.slurm_configurations,
                "SlurmConfigurations(...)",
            )
        if not isinstance(self.node_recovery, NodeRecovery):
            yield wrong_type("node_recovery", self.node_recovery, "a NodeRecovery")
        if not isinstance(self.provisioning_params, ProvisioningParams | None):
            yield wrong_type(
                "provisioning_params", self.provisioning_params, "a ProvisioningParams"
            )
        for path, values, kinds, expected in (
            ("instance_groups", self.instance_groups, InstanceGroup, "a list of InstanceGroup"),
            ("subnets", () if self.subnets is None else self.subnets, Subnet, "a list of Subnet"),
            (
                "file_systems",
                self.file_systems,
                LustreMount | OpenZfsMount,
                "a list of file systems",
            ),
        ):
            if not isinstance(values, list | tuple):
                yield wrong_type(path, values, expected)
                continue
            for index, value in enumerate(values):
                if not isinstance(value, kinds):
                    yield wrong_type(f"{path}[{index}]", value, expected)

    def _step_type_problems(self) -> Iterator[Problem]:
        if isinstance(self.steps, LifecycleSteps):
            yield from self.steps.type_problems("lifecycle_scripts")
        elif self.steps is not None:
            yield wrong_type("steps", self.steps, "a LifecycleSteps")
