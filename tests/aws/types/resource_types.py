"""The resource types that the emulator knows."""

from tests.aws.authorizer import Authorizer
from tests.aws.hyperpod.operations import ClusterApi

from . import databases as database_types
from . import identities as identity_types
from . import networks as network_types
from . import notices as notice_types
from . import storage as storage_types
from .cluster import ClusterType
from .custom_resources import Answers, CustomResource
from .file_systems import FileSystem
from .handler import Handler
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
    """Every type that the emulator knows."""
    custom = CustomResource(answers, authorizer)
    return ResourceTypes(
        {
            **moto_types(authorizer),
            **network_types.TYPES,
            **identity_types.TYPES,
            **storage_types.TYPES,
            **database_types.TYPES,
            **notice_types.TYPES,
            "AWS::CloudFormation::CustomResource": custom,
            "AWS::FSx::FileSystem": FileSystem(),
            "AWS::SageMaker::Cluster": ClusterType(clusters, authorizer),
        },
        custom,
    )
