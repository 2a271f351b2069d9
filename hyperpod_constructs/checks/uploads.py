"""Lifecycle scripts that a CDK app uploads for a cluster.

Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES
from hyperpod_constructs.schema.json_values import items_of, object_of, value_at

from .assembly import (
    clusters,
    flat_text,
    published_assets,
    template_resources,
)

_UPLOAD_TYPE = "Custom::CDKBucketDeployment"


@dataclass(frozen=True)
class Upload:
    """Files that a template copies to a prefix of a bucket.

    Attributes:
        bucket: Name of the bucket, with `${Token[...]}` for unknown values.
        prefix: Key prefix of the files.
        folders: Folder of each source in the cloud assembly, if it is there, and the values that
            replace markers in its files.
    """

    bucket: str
    prefix: str
    folders: tuple[tuple[Path | None, Mapping[str, Any]], ...]

    @property
    def uri(self) -> str:
        """S3 URI of the files."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def is_complete(self) -> bool:
        """Whether all sources are in the cloud assembly."""
        return all(folder is not None for folder, _ in self.folders)

    def files(self) -> list[str]:
        """Relative paths of the files of the sources that are in the cloud assembly."""
        return sorted(
            {
                path.relative_to(folder).as_posix()
                for folder, _ in self.folders
                if folder is not None
                for path in folder.rglob("*")
                if path.is_file()
            }
        )

    def text(self, *names: str) -> str | None:
        """Text of the first of some files that is there, with `${Token[...]}` for unknown values.

        A source overwrites the files of the sources before it.
        """
        for folder, markers in reversed(self.folders):
            for path in (folder / name for name in names if folder is not None):
                if path.is_file():
                    text: str = path.read_text(encoding="utf-8", errors="replace")
                    for marker, value in markers.items():
                        text = text.replace(marker, flat_text(value))
                    return text
        return None


def upload_for(template: object, logical_id: str, path: Path) -> Upload | None:
    """What a template uploads to the `SourceS3Uri` of a cluster.

    Args:
        template: Content of the template.
        logical_id: Logical ID of the cluster.
        path: Path of the template, in the folder of its assets.
    """
    sources = {
        flat_text(value_at(group, "LifeCycleConfig", "SourceS3Uri")).rstrip("/")
        for group in items_of(value_at(clusters(template).get(logical_id), "InstanceGroups"))
    }
    return next((each for each in _uploads(template, path) if each.uri in sources), None)


def uploaded_form(template: object, logical_id: str, path: Path) -> str | None:
    """The provisioning form that a template uploads for a cluster.

    Args:
        template: Content of the template.
        logical_id: Logical ID of the cluster.
        path: Path of the template, in the folder of its assets.
    """
    upload = upload_for(template, logical_id, path)
    return None if upload is None else upload.text(*FORM_NAMES)


def _uploads(template: object, path: Path) -> Iterator[Upload]:
    assets = published_assets(path)
    for _, kind, properties in template_resources(template):
        if kind == _UPLOAD_TYPE:
            markers = items_of(value_at(properties, "SourceMarkers"))
            yield Upload(
                flat_text(value_at(properties, "DestinationBucketName")),
                flat_text(value_at(properties, "DestinationBucketKeyPrefix") or ""),
                tuple(
                    (
                        _folder(assets, flat_text(key)),
                        object_of(markers[index]) if index < len(markers) else {},
                    )
                    for index, key in enumerate(items_of(value_at(properties, "SourceObjectKeys")))
                ),
            )


def _folder(assets: Mapping[str, Path], key: str) -> Path | None:
    folder = assets.get(key.removesuffix(".zip"))
    return folder if folder is not None and folder.is_dir() else None
