"""Examples of the rules about the prefix of scripts."""

import hyperpod_constructs as hp
from tests.clusters.values import SOURCE, slurm_worker

from .example import WARNING, Example


def in_prefix(uri: str) -> hp.ClusterModel:
    return slurm_worker(life_cycle_config=hp.LifeCycleConfig.on_creation(source_s3_uri=uri))


EXAMPLES = [
    Example(
        f"instance_groups[1].life_cycle_config.source_s3_uri: '{SOURCE}/other' differs from "
        f"'{SOURCE}' of group 'controller', and each prefix requires the scripts and the "
        "provisioning form; use one prefix for all groups, or upload the form to each "
        "(ScriptPrefixes)",
        in_prefix(f"{SOURCE}/other"),
        in_prefix(f"{SOURCE}/"),
        WARNING,
    ),
]
