"""Names, EKS clusters and prefixes of forms, which only one cluster of an app can use."""

from collections.abc import Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import environment_of, path_of, root_of, stack_of
from hyperpod_constructs.model.kubernetes.eks_prerequisites import eks_cluster_twice
from hyperpod_constructs.model.orchestrator import Eks, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .arguments import ClusterArguments


class Claim(NamedTuple):
    """Something that only one cluster can have.

    Attributes:
        path: The argument that specifies it.
        value: The value of the argument.
        key: What it is known by in the account and Region of the cluster.
    """

    path: str
    value: str
    key: str

    def problem(self, owner: str) -> Problem:
        """Names, EKS clusters and prefixes of forms must be unique among the clusters of an app."""
        path, value = self.path, self.value
        match path:
            case "cluster_name":
                return Problem(
                    code="ClusterNameTwice",
                    path=path,
                    value=value,
                    message=f"is the name of {owner} too, and must be unique in an account and "
                    "Region",
                    fix="use another cluster_name, or omit it",
                )
            case "orchestrator.cluster":
                return eks_cluster_twice(path, value, owner)
            case _:
                return Problem(
                    code="LifecyclePrefixTwice",
                    path=path,
                    value=value,
                    message=f"is the prefix of {owner} too, whose provisioning_params.json it "
                    "would overwrite",
                    fix="use another prefix for each cluster",
                )


_OWNERS: WeakKeyDictionary[IConstruct, dict[tuple[str, ...], str]] = WeakKeyDictionary()
"""The path of the construct that has each claim, by app."""


class AppClaims:
    """The claims of a cluster."""

    def __init__(self, scope: Construct, id: str, arguments: ClusterArguments) -> None:
        self._owner = f"{path_of(scope)}/{id}".lstrip("/")
        self._owners = _OWNERS.setdefault(root_of(scope), {})
        self._environment = environment_of(stack_of(scope))
        self._claims = list(_claims_of(arguments))

    def problems(self) -> Iterator[Problem]:
        """Claims that another cluster of the app has."""
        for claim in self._claims:
            other = self._owners.get(self._known_by(claim))
            if other is not None and other != self._owner:
                yield claim.problem(other)

    def register(self) -> None:
        """Registers the claims of a cluster that was created."""
        for claim in self._claims:
            self._owners[self._known_by(claim)] = self._owner

    def _known_by(self, claim: Claim) -> tuple[str, ...]:
        return (claim.path, *self._environment, claim.key)


def _claims_of(arguments: ClusterArguments) -> Iterator[Claim]:
    name, scripts = arguments.cluster_name, arguments.scripts
    if name and not is_unresolved(name):
        yield Claim("cluster_name", name, name)
    match arguments.orchestrator:
        case Eks(cluster=cluster) if cluster is not None:
            arn = cluster.cluster_arn
            yield Claim("orchestrator.cluster", arn, arn)
        case Slurm() if scripts is not None and scripts.folder is None and scripts.bucket:
            key = f"{scripts.bucket.bucket_name}/{scripts.prefix}"
            yield Claim("lifecycle_scripts.prefix", scripts.prefix, key)
