"""Descriptions as text."""

from collections.abc import Iterator, Sequence

from .description import (
    ClusterDescription,
    GroupDescription,
    RoleDescription,
    ScriptsDescription,
    SubnetDescription,
)
from .values import number

_COLUMNS = ("NAME", "ROLE", "TYPE", "COUNT", "PARTITION", "ZONE", "CAPACITY", "VOLUMES")


def as_text(clusters: Sequence[ClusterDescription]) -> str:
    """The clusters, one after the other."""
    return "\n\n".join("\n".join(_lines(each)) for each in clusters) + "\n" if clusters else ""


def _lines(cluster: ClusterDescription) -> Iterator[str]:
    yield f"Cluster {cluster.name} in {cluster.file}"
    yield f"  {cluster.orchestrator}"
    for title, rows in _sections(cluster):
        if rows:
            yield ""
            yield f"  {title}"
            yield from table(rows)
    yield ""
    yield f"  Next: {cluster.next_command}"


def _sections(cluster: ClusterDescription) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    yield "Settings", [(each,) for each in cluster.settings]
    yield "Instance groups", _groups(cluster.groups)
    yield "Network", list(network_rows(cluster))
    yield (
        "Traffic",
        [(each.source, "->", each.target, each.traffic) for each in cluster.connections],
    )
    yield (
        "Storage",
        [(each.name, each.kind, each.use) for each in cluster.file_systems],
    )
    yield "Lifecycle scripts", [(each.uri, scripts_text(each)) for each in cluster.scripts]
    yield "Steps", [(each.name, each.what) for each in cluster.steps]
    yield "Kubernetes", [(each.kind, each.name, each.what) for each in cluster.kubernetes]
    yield "Alarms", [(each.name, each.what) for each in cluster.alarms]
    for title, may in roles_by_permissions(cluster.roles):
        yield title, [(each,) for each in may]
    yield "Service quotas", [(name, str(count)) for name, count in cluster.quotas.items()]
    for severity in ("error", "warning"):
        yield (
            f"{severity.capitalize()}s",
            [(each.code, each.text) for each in cluster.problems if each.severity == severity],
        )


def roles_by_permissions(
    roles: Sequence[RoleDescription],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of roles with their groups, and what they may do; roles that may do the same once."""
    same: dict[tuple[str, ...], list[str]] = {}
    for role in roles:
        same.setdefault(role.may, []).append(f"{role.name} of {', '.join(role.groups)}")
    for may, names in same.items():
        yield f"{'Role' if len(names) == 1 else 'Roles'} {'; '.join(names)}", may


def scripts_text(scripts: ScriptsDescription) -> str:
    """Number of files and digest of lifecycle scripts."""
    if not scripts.digest:
        return "not uploaded by this file"
    files = (
        "files not in this directory" if scripts.files is None else number(scripts.files, "file")
    )
    return f"{files}, digest {scripts.digest}"


def _groups(groups: Sequence[GroupDescription]) -> list[tuple[str, ...]]:
    if not groups:
        return [("none that is known before deployment",)]
    rows = [_COLUMNS, *map(_group, groups)]
    kept = [
        index
        for index, title in enumerate(_COLUMNS)
        if title not in ("ROLE", "PARTITION") or any(row[index] != "-" for row in rows[1:])
    ]
    table = [tuple(row[index] for index in kept) for row in rows]
    widths = _widths(table)
    lines: list[tuple[str, ...]] = [(_line(table[0], widths),)]
    for row, group in zip(table[1:], groups, strict=True):
        lines.append((_line(row, widths),))
        lines += [(f"  {each}",) for each in group_notes(group)]
    return lines


def _group(group: GroupDescription) -> tuple[str, ...]:
    cells = (
        group.name,
        group.role,
        ", ".join(group.instance_types),
        group.count,
        group.partition,
        group.zone,
        group.capacity,
        "; ".join(group.volumes),
    )
    return tuple(each or "-" for each in cells)


def group_notes(group: GroupDescription) -> Iterator[str]:
    """What is special about a group."""
    if group.subnets:
        yield f"subnets {', '.join(group.subnets)}"
    if group.security_groups:
        yield f"security groups {', '.join(group.security_groups)}"
    yield from (f"file system {each}" for each in group.file_systems)
    yield from group.settings


def network_rows(cluster: ClusterDescription) -> list[tuple[str, str]]:
    """The network of the nodes, as names and values."""
    network = cluster.network
    if not network.subnets:
        return [("network of the service", "no VPC of yours")]
    rows = [
        ("subnet", " ".join(filter(None, [each.name, each.addresses, _zone(each)])))
        for each in network.subnets
    ]
    rows.append(("security groups", ", ".join(network.security_groups) or "-"))
    if network.nat_gateways:
        rows.append(("NAT gateways", str(network.nat_gateways)))
    if network.endpoints:
        rows.append(("VPC endpoints", ", ".join(network.endpoints)))
    return rows


def _zone(subnet: SubnetDescription) -> str:
    return "" if subnet.name in subnet.zone else f"({subnet.zone})"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of aligned columns."""
    widths = _widths(rows)
    return (f"    {_line(row, widths)}" for row in rows)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
