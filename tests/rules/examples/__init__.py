"""For each rule a cluster that it is about, with the text of the problem, and one it is not."""

from . import (
    capacity,
    forms,
    instance_groups,
    kubernetes,
    lifecycle_steps,
    placement,
    script_prefixes,
    scripts,
    slurm_clusters,
    software,
    storage,
)
from .example import Example

EXAMPLES: list[Example] = [
    *instance_groups.EXAMPLES,
    *slurm_clusters.EXAMPLES,
    *forms.EXAMPLES,
    *kubernetes.EXAMPLES,
    *capacity.EXAMPLES,
    *software.EXAMPLES,
    *storage.EXAMPLES,
    *placement.EXAMPLES,
    *script_prefixes.EXAMPLES,
    *scripts.EXAMPLES,
    *lifecycle_steps.EXAMPLES,
]
