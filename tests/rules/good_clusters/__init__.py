"""Clusters that AWS creates, as requests, with the warnings they deserve.

They are built from what AWS documents, from the defaults of its console and from its own tools. An
update is written as the cluster after the update.
"""

from .eks import ON_EKS
from .parts import GoodCluster
from .slurm import BY_API, BY_FORM

GOOD_CLUSTERS: dict[str, GoodCluster] = {
    f"{kind}: {name}": good
    for kind, clusters in (("form", BY_FORM), ("API", BY_API), ("EKS", ON_EKS))
    for name, good in clusters.items()
}
