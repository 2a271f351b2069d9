"""Rules for the S3 prefix of the lifecycle scripts.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity

from .basis import Basis
from .queries import has_form, instance_groups, is_known
from .rule import rule


@rule(basis=Basis.INFERRED)
def one_prefix(model: ClusterValues) -> Iterator[Problem]:
    """Groups of a cluster with a form read it from the prefix of their scripts."""
    if not has_form(model):
        return
    delivered = model.scripts and model.scripts.source_s3_uri
    uris = {path: _source(group) for path, group in instance_groups(model)}
    is_used = delivered is not None and delivered in uris.values()
    first = "the prefix of lifecycle_scripts" if is_used else None
    reported: set[str] = set()
    for path, group in instance_groups(model):
        uri = uris[path]
        if not isinstance(uri, str) or not is_known(uri):
            continue
        prefix = uri.rstrip("/")
        if first is None:
            first = f"{prefix!r} of group {group.name!r}"
            reported.add(prefix)
        elif prefix not in reported:
            reported.add(prefix)
            yield Problem(
                code="ScriptPrefixes",
                path=f"{path}.life_cycle_config.source_s3_uri",
                value=uri,
                message=f"differs from {first}, and each prefix requires the scripts and the "
                "provisioning form",
                fix="use one prefix for all groups, or upload the form to each",
                severity=Severity.WARNING,
            )


def _source(group: InstanceGroup) -> object:
    return getattr(group.life_cycle_config, "source_s3_uri", None)
