"""The description of a cluster: what every format shows."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GroupDescription:
    """An instance group.

    Attributes:
        name: Name of the group.
        role: Role in Slurm, `restricted` for a restricted group, or empty.
        instance_types: Instance types.
        count: Number of instances.
        partition: Slurm partition.
        zone: Availability Zone.
        capacity: Kind of the capacity.
        volumes: EBS volumes.
        file_systems: File systems that only this group mounts.
        subnets: Subnets of the group itself.
        security_groups: Security groups of the group itself.
        execution_role: Name of the role.
        settings: Other settings.
    """

    name: str
    role: str = ""
    instance_types: tuple[str, ...]
    count: str
    partition: str = ""
    zone: str
    capacity: str
    volumes: tuple[str, ...]
    file_systems: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    execution_role: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SubnetDescription:
    """A subnet: name, Availability Zone, and the addresses if they are known."""

    name: str
    zone: str
    addresses: str = ""


@dataclass(frozen=True, kw_only=True)
class NetworkDescription:
    """The network of the nodes.

    Attributes:
        subnets: Subnets of the cluster; none for the network of the service.
        security_groups: Security groups of the cluster.
        nat_gateways: Number of NAT gateways of the VPC in the template.
        endpoints: Endpoints of the VPC in the template.
    """

    subnets: tuple[SubnetDescription, ...] = ()
    security_groups: tuple[str, ...] = ()
    nat_gateways: int = 0
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FileSystemDescription:
    """A file system: name, kind with its size, and its use by the nodes."""

    name: str
    kind: str
    use: str


@dataclass(frozen=True, kw_only=True)
class ConnectionDescription:
    """Traffic that security groups allow from a source to a target."""

    source: str
    target: str
    traffic: str


@dataclass(frozen=True, kw_only=True)
class RoleDescription:
    """An execution role: its groups, and what it may do."""

    name: str
    groups: tuple[str, ...]
    may: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ScriptsDescription:
    """Lifecycle scripts: S3 URI, digest of the content, and number of files if they are known."""

    uri: str
    digest: str = ""
    files: int | None = None


@dataclass(frozen=True, kw_only=True)
class StepDescription:
    """A step of the lifecycle scripts, in words."""

    name: str
    what: str


@dataclass(frozen=True, kw_only=True)
class KubernetesDescription:
    """What the template adds to the EKS cluster: kind, name, and its settings in words."""

    kind: str
    name: str
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class AlarmDescription:
    """An alarm: logical ID, and what it reports."""

    name: str
    what: str


@dataclass(frozen=True, kw_only=True)
class ProblemDescription:
    """A problem: severity, code, and text with path, value, message and fix."""

    severity: str
    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ClusterDescription:
    """A cluster.

    Attributes:
        name: Name of the cluster.
        file: File that contains the cluster.
        place: Path of the cluster in the file.
        orchestrator: Workload manager.
        settings: Settings of the whole cluster.
        groups: Instance groups.
        network: Network of the nodes.
        connections: What may talk to what.
        file_systems: File systems.
        roles: Execution roles.
        scripts: Lifecycle scripts by S3 URI.
        steps: Steps of the lifecycle scripts.
        kubernetes: What the template adds to the EKS cluster.
        alarms: Alarms of the cluster.
        quotas: Service quotas that the cluster needs.
        problems: Errors and warnings.
        next_command: The next command.
    """

    name: str
    file: str
    place: str
    orchestrator: str
    settings: tuple[str, ...]
    groups: tuple[GroupDescription, ...]
    network: NetworkDescription
    connections: tuple[ConnectionDescription, ...]
    file_systems: tuple[FileSystemDescription, ...]
    roles: tuple[RoleDescription, ...]
    scripts: tuple[ScriptsDescription, ...]
    steps: tuple[StepDescription, ...]
    kubernetes: tuple[KubernetesDescription, ...]
    alarms: tuple[AlarmDescription, ...]
    quotas: dict[str, int | str]
    problems: tuple[ProblemDescription, ...]
    next_command: str
