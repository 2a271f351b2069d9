"""The resource types that the emulator knows."""

from importlib import import_module
from pkgutil import iter_modules

from tests.aws.authorizer import Authorizer
from tests.aws.hyperpod.operations import ClusterApi

from . import __path__ as FOLDER  # noqa: N812
from .cluster import ClusterType
from .custom_resources import Answers, CustomResource
from .handler import HANDLERS, Handler
from .moto_types import moto_types


class ResourceTypes(dict[str, Handler]):
    """Handlers by type; every type that starts with `Custom::` has the same one."""

    def __init__(self, known: dict[str, Handler], custom: Handler) -> None:
        super().__init__(known)
        self._custom = custom

    def __missing__(self, kind: str) -> Handler:
        if kind.startswith("Custom::"):
            return self._custom
        raise KeyError(kind)


def resource_types(clusters: ClusterApi, answers: Answers, authorizer: Authorizer) -> ResourceTypes:
    """Every type that the emulator knows: those of this folder, and those of moto."""
    for module in iter_modules(FOLDER):
        import_module(f"{__package__}.{module.name}")
    custom = CustomResource(answers, authorizer)
    return ResourceTypes(
        {
            **moto_types(authorizer),
            **HANDLERS,
            "AWS::CloudFormation::CustomResource": custom,
            "AWS::SageMaker::Cluster": ClusterType(clusters, authorizer),
        },
        custom,
    )
