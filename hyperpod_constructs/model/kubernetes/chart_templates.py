"""Templates of the HyperPod Helm chart that Helm installs and cannot update.

Sources: https://helm.sh/docs/overview/#server-side-apply and
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
"""

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.problem import Problem, Severity

from .chart_folder import dependencies, files_of, present_charts

_AGGREGATION = re.compile(r"^aggregationRule:", re.MULTILINE)
_RULES = re.compile(r"^rules:", re.MULTILINE)
_DOCUMENT = re.compile(r"^---", re.MULTILINE)
_TEMPLATES = "templates"
_SUFFIX = ".yaml"


def chart_template_problems(
    argument: str, path: Path, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """Kubernetes writes the rules of an aggregated ClusterRole, and Helm 4 does not overwrite them.

    The first deployment installs the chart. Each that updates it fails, and so does the rollback.

    Args:
        argument: Path of the argument.
        path: Folder of the chart.
        values: Values of the chart, which disable some of its dependencies.
    """
    charts = present_charts(path / "charts")
    parts = [each for each in dependencies(path) if not _is_disabled(each.condition, values)]
    found = {
        f"charts/{part.name}/{name}"
        for part in parts
        for chart in charts.get(part.name, ())
        for name, text in _templates(chart)
        if any(map(_writes_aggregated_rules, _DOCUMENT.split(text)))
    }
    for name in sorted(found):
        yield Problem(
            code="ChartAggregatedRole",
            path=argument,
            value=name,
            message="sets the rules of an aggregated ClusterRole, which Kubernetes writes: Helm 4 "
            "installs the chart once, and cannot update it",
            fix=f"remove the line `rules: []`, and run `helm dependency build {path}`",
            severity=Severity.WARNING,
        )


def _is_disabled(condition: str, values: Mapping[str, Any]) -> bool:
    value: object = values
    for key in condition.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value is False


def _templates(chart: Path) -> Iterator[tuple[str, str]]:
    """The templates of a folder or an archive, with their names in the chart."""
    if chart.is_dir():
        for file in sorted((chart / _TEMPLATES).rglob(f"*{_SUFFIX}")):
            yield file.relative_to(chart).as_posix(), file.read_text("utf-8", "replace")
        return
    try:
        with tarfile.open(chart) as archive:
            for member, content in files_of(archive):
                name = member.relative_to(member.parts[0])
                if name.parts[:1] == (_TEMPLATES,) and name.suffix == _SUFFIX:
                    yield name.as_posix(), content.read().decode("utf-8", "replace")
    except (OSError, tarfile.TarError):  # Helm refuses the archive before it installs anything
        return


def _writes_aggregated_rules(document: str) -> bool:
    return bool(_AGGREGATION.search(document) and _RULES.search(document))
