"""What nodes run when they are created: scripts, the provisioning form, and their place in S3.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct, IConstruct

from .arguments import BUCKET, check, needed, optional
from .callbacks import lazy_text
from .model.errors import Problem, wrong_type
from .model.provisioning_params import FORM_NAMES, ProvisioningParams
from .model.script_folder import IGNORED, ScriptFolder
from .model.tokens import is_unresolved

BUCKET_NAME_PREFIX = "sagemaker-"
DEFAULT_PREFIX = "lifecycle-scripts"
_DIGEST_LENGTH = 16
_SEQUENCE = ("on_create.sh", "lifecycle.py")
_PREFIX = re.compile(r"[A-Za-z0-9/._-]{0,60}")


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleScripts:
    """The scripts of a cluster's nodes; made with `default`, `from_asset` or `from_bucket`.

    Attributes:
        on_create: File that a node runs as root, in the folder of the scripts.
        folder: The scripts, if they lie on this machine.
        bucket: Bucket they go to, or lie in already. Made with the cluster when left out.
        prefix: Key prefix in the bucket.
    """

    on_create: str
    folder: ScriptFolder | None = None
    bucket: s3.IBucket | None = None
    prefix: str = DEFAULT_PREFIX

    @classmethod
    def default(
        cls,
        *,
        overlay: str | PathLike[str] | None = None,
        bucket: s3.IBucket | None = None,
        prefix: str = DEFAULT_PREFIX,
    ) -> Self:
        """The scripts of this library: mount the file systems, start Slurm.

        Args:
            overlay: Folder whose files replace those of the same name, or join them; a file that
                joins is run only by one that is replaced. Nothing is replaced when left out.
            bucket: Bucket of your own. A private, versioned bucket that outlives the cluster is
                made when left out.
            prefix: Key prefix in the bucket, followed by the cluster and a digest of the content.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`.
        """
        check(
            _delivery_problems(bucket, prefix),
            _path_problems("lifecycle_scripts.overlay", overlay or ""),
        )
        over = None if overlay is None else Path(overlay).absolute()
        folder = ScriptFolder(
            path=_default_folder(),
            overlay=over,
            configures_multi_head=over is not None
            and any((over / name).is_file() for name in _SEQUENCE),
        )
        return cls(
            on_create=folder.on_create, folder=folder, bucket=bucket, prefix=prefix.strip("/")
        )

    @classmethod
    def from_asset(
        cls,
        path: str | PathLike[str],
        *,
        on_create: str = "on_create.sh",
        overlay: str | PathLike[str] | None = None,
        bucket: s3.IBucket | None = None,
        prefix: str = DEFAULT_PREFIX,
    ) -> Self:
        """Scripts of your own, from a folder on this machine.

        Args:
            path: The folder. Links are followed.
            on_create: File of the folder that a node runs. It starts with `#!`.
            overlay: Folder whose files replace those of the same name, or join them. Nothing is
                replaced when left out.
            bucket: As for `default`.
            prefix: As for `default`.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`.
        """
        check(
            _delivery_problems(bucket, prefix),
            _path_problems("lifecycle_scripts.path", path),
            _path_problems("lifecycle_scripts.overlay", overlay or ""),
        )
        folder = ScriptFolder(
            path=Path(path).absolute(),
            overlay=None if overlay is None else Path(overlay).absolute(),
            on_create=on_create,
        )
        return cls(on_create=on_create, folder=folder, bucket=bucket, prefix=prefix.strip("/"))

    @classmethod
    def from_bucket(
        cls, bucket: s3.IBucket, prefix: str = "", *, on_create: str = "on_create.sh"
    ) -> Self:
        """Scripts that lie in a bucket already; the form is written beside them.

        Nodes run whatever lies there when they are created, and a change of it shows in no diff.

        Args:
            bucket: The bucket.
            prefix: Key prefix of the scripts. The root of the bucket when left out.
            on_create: Object below the prefix that a node runs.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`.
        """
        check(
            needed("lifecycle_scripts.bucket", bucket, BUCKET),
            _delivery_problems(None, prefix),
            needed("lifecycle_scripts.on_create", on_create, str),
        )
        return cls(on_create=on_create, bucket=bucket, prefix=prefix.strip("/"))


def _path_problems(argument: str, path: object) -> Iterator[Problem]:
    if not isinstance(path, str | PathLike):
        yield wrong_type(argument, path, "a path, such as 'site_scripts'")


def _delivery_problems(bucket: object, prefix: object) -> Iterator[Problem]:
    yield from optional("lifecycle_scripts.bucket", bucket, BUCKET)
    if not isinstance(prefix, str):
        yield wrong_type("lifecycle_scripts.prefix", prefix, "a string")
    elif not is_unresolved(prefix) and not _PREFIX.fullmatch(prefix):
        yield Problem(
            code="LifecyclePrefix",
            path="lifecycle_scripts.prefix",
            value=prefix,
            message="must be at most 60 letters, digits, slashes, dots, underscores and hyphens",
            fix=f"use a prefix such as {DEFAULT_PREFIX!r}",
        )


class LifecycleDelivery(Construct):
    """Brings scripts and form to S3 before the cluster needs them.

    Attributes of the object: `bucket`; `cluster_prefix`, below which all that its nodes read lies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        scripts: LifecycleScripts,
        form: Callable[[], ProvisioningParams],
    ) -> None:
        """Makes the bucket, unless there is one, and the upload.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            scripts: What nodes run.
            form: The form as it stands; asked again when the template is written.
        """
        super().__init__(scope, id)
        name = cdk.Names.unique_resource_name(scope, max_length=24)
        self.cluster_prefix = (
            scripts.prefix
            if scripts.folder is None
            else "/".join(filter(None, (scripts.prefix, name)))
        )
        self._scripts = scripts
        self._form = form
        self._stack = cdk.Stack.of(self)
        self._digested_form: ProvisioningParams | None = None
        self._digest = ""
        self._scripts_digest = None if scripts.folder is None else scripts.folder.digest()
        self.bucket: s3.IBucket = scripts.bucket or self._make_bucket(name)
        self._bucket_name = self.bucket.bucket_name
        self._warn_of_bucket()
        self.upload = s3_deployment.BucketDeployment(
            self,
            "Upload",
            destination_bucket=self.bucket,
            destination_key_prefix=lazy_text(self.key_prefix),
            sources=self._sources(),
            prune=scripts.folder is not None,
            retain_on_delete=True,
        )

    @property
    def uploaded(self) -> IConstruct:
        """What the cluster depends on to find scripts and form in S3."""
        return self.upload.node.find_child("CustomResource")

    def key_prefix(self) -> str:
        """Where scripts and form lie in the bucket: the prefix, and a digest of both.

        A deployment-time value of the form is described by the resource it comes from.
        """
        if self._scripts_digest is None:
            return self._scripts.prefix
        form = self._form()
        if form is not self._digested_form:
            self._digested_form = form
            self._digest = self._digest_of(form)
        return f"{self.cluster_prefix}/{self._digest}"

    def source_s3_uri(self) -> str:
        """`SourceS3Uri` of the instance groups."""
        return "/".join(filter(None, (f"s3://{self._bucket_name}", self.key_prefix())))

    def _digest_of(self, form: ProvisioningParams) -> str:
        text = json.dumps(self._stack.resolve(form.to_dict()), sort_keys=True)
        digest = hashlib.sha256(f"{self._scripts_digest}\n{text}".encode())
        return digest.hexdigest()[:_DIGEST_LENGTH]

    def _make_bucket(self, name: str) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            bucket_name=f"{BUCKET_NAME_PREFIX}{name.lower()}-{self._stack.account}-{self._stack.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def _warn_of_bucket(self) -> None:
        name = self._bucket_name
        if not is_unresolved(name) and not name.startswith(BUCKET_NAME_PREFIX):
            cdk.Annotations.of(self).add_warning_v2(
                "hyperpod-constructs:BucketName",
                f"lifecycle_scripts.bucket: {name!r} does not start with '{BUCKET_NAME_PREFIX}', "
                "as AWS asks; the execution roles are granted access to it, but roles with "
                "AmazonSageMakerClusterInstanceRolePolicy alone are not",
            )
        accounts = (self.bucket.env.account, self._stack.account)
        if not any(map(is_unresolved, accounts)) and len(set(accounts)) > 1:
            cdk.Annotations.of(self).add_warning_v2(
                "hyperpod-constructs:BucketAccount",
                f"lifecycle_scripts.bucket: account {accounts[0]} has to allow the execution roles "
                f"of account {accounts[1]} in the policy of the bucket",
            )

    def _sources(self) -> list[s3_deployment.ISource]:
        folder = self._scripts.folder
        form = lazy_text(lambda: self._form().to_json())
        return [
            *(
                s3_deployment.Source.asset(
                    str(path),
                    exclude=list(IGNORED),
                    follow_symlinks=cdk.SymlinkFollowMode.ALWAYS,
                    ignore_mode=cdk.IgnoreMode.GIT,
                )
                for path in (() if folder is None else (folder.path, folder.overlay))
                if path is not None
            ),
            *(s3_deployment.Source.data(name, form) for name in FORM_NAMES),
        ]


def _default_folder() -> Path:
    package = Path(__file__).parent
    installed = package / "_lifecycle_scripts"
    return installed if installed.is_dir() else package.parent / "lifecycle_scripts"
