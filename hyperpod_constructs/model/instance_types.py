"""What an instance type implies for a group.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cpu-options-supported-instances-values.html
"""

import re

_ONE_THREAD_PER_CORE = re.compile(r"ml\.(?:[a-z]+\d+g[a-z]*|[a-z0-9]+-gb\d+|[cmr][78]a|hpc[67]a)\.")


def default_threads_per_core(instance_type: str) -> int:
    """The threads per core that EC2 gives the type: 1 on Graviton, Grace and AMD Zen 4, else 2."""
    return 1 if _ONE_THREAD_PER_CORE.match(instance_type) else 2
