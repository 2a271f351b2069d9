"""What an instance type implies for a group.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cpu-options-supported-instances-values.html
and https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html
"""

import re

_ONE_THREAD_PER_CORE = re.compile(r"ml\.(?:[a-z]+\d+g[a-z]*|[a-z0-9]+-gb\d+|[cmr][78]a|hpc[67]a)\.")


def default_threads_per_core(instance_type: str) -> int:
    """The threads per core that EC2 gives the type: 1 on Graviton, Grace and AMD Zen 4, else 2."""
    return 1 if _ONE_THREAD_PER_CORE.match(instance_type) else 2


_NETWORK_CARDS = {
    "ml.p4d.24xlarge": 4,
    "ml.p4de.24xlarge": 4,
    "ml.p5.48xlarge": 32,
    "ml.p5e.48xlarge": 32,
    "ml.p5en.48xlarge": 16,
    "ml.p6-b200.48xlarge": 8,
    "ml.p6-b300.48xlarge": 16,
    "ml.trn1.32xlarge": 8,
    "ml.trn1n.32xlarge": 16,
    "ml.trn2.48xlarge": 16,
}


def addresses_per_instance(instance_type: str) -> int:
    """The addresses an instance takes in a Slurm cluster: one for each network card."""
    return _NETWORK_CARDS.get(instance_type, 1)
