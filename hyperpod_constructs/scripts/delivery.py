"""Upload of lifecycle scripts, provisioning form and steps to S3."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct, IDependable

from hyperpod_constructs.cdk.construct_tree import environment_of, node_of, place_in, stack_of
from hyperpod_constructs.cdk.lazy import lazy_text
from hyperpod_constructs.cdk.stack_assets import needs_assets
from hyperpod_constructs.model.digest import digest
from hyperpod_constructs.model.node_steps.lifecycle_steps import STEPS_NAME
from hyperpod_constructs.model.script_walk import IGNORED
from hyperpod_constructs.model.slurm.node_types import NODE_TYPES_NAME
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES, ProvisioningParams
from hyperpod_constructs.model.tokens import is_unresolved

from .lifecycle_scripts import LifecycleScripts
from .new_bucket import NewBucketCleanup

BUCKET_NAME_PREFIX = "sagemaker-"
_DIGEST_LENGTH = 16
_LIVE = "live"
_USERS_NAME = "users.json"
_BACKUPS = "-accounting"
"""Beside the prefix of the scripts, and the suffix of no other cluster."""
_DAYS_OF_REPLACED = 7


class LifecycleDelivery(Construct):
    """Uploads scripts, form and steps to S3 before the cluster is created.

    Attributes: `bucket`; `cluster_prefix`, the key prefix of all objects that the nodes read;
    `backup_prefix`, that of backups of Slurm accounting, if any; `uploaded`, the dependencies of the
    cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        scripts: LifecycleScripts,
        form: Callable[[], ProvisioningParams | None],
        node_types: Callable[[], str | None],
        on_resolved: Callable[[], None],
        has_backups: bool,
    ) -> None:
        """Creates the bucket, if none is specified, and the upload.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            scripts: Lifecycle scripts to upload.
            form: Function that returns the current form, or None if the request contains the
                topology. Called again at synthesis.
            node_types: Function that returns the current node types, or None if the form has them.
            on_resolved: Called when the template depends on the form.
            has_backups: Whether the controller writes backups of Slurm accounting to the bucket.
        """
        super().__init__(scope, id)
        place_in(scope, self)
        name = cdk.Names.unique_resource_name(scope, max_length=24)
        self.cluster_prefix = (
            scripts.prefix
            if scripts.folder is None
            else "/".join(filter(None, (scripts.prefix, name)))
        )
        self._scripts = scripts
        self._form = form
        self._node_types = node_types
        self._on_resolved = on_resolved
        self._stack = stack_of(self)
        self._digested: tuple[ProvisioningParams | None, str | None] = (None, None)
        self._digest = ""
        self._scripts_digest = None if scripts.folder is None else scripts.folder.digest()
        self.bucket: s3.IBucket = scripts.bucket or self._make_bucket(name)
        self._bucket_name = self.bucket.bucket_name
        self._refresh = self._refresh_of(name)
        self.backup_prefix = f"{self.cluster_prefix}{_BACKUPS}" if has_backups else None
        self._steps = (
            []
            if scripts.steps is None
            else [{**scripts.steps.to_dict(), **self._refresh, **self._backup()}]
        )
        if scripts.bucket is not None:
            self._warn_of(scripts.bucket)
        sources = self._sources()
        self.uploaded: list[IDependable] = []
        if sources:
            with needs_assets(
                "lifecycle_scripts", fix="use ApiDrivenSlurm with scripts that are in S3 already"
            ):
                upload = s3_deployment.BucketDeployment(
                    self,
                    "Upload",
                    destination_bucket=self.bucket,
                    destination_key_prefix=lazy_text(self.key_prefix),
                    sources=sources,
                    prune=scripts.folder is not None,
                    retain_on_delete=True,
                )
                uploads = [upload, *self._upload_users()]
            resources = [node_of(each).find_child("CustomResource") for each in uploads]
            self.uploaded += resources
            if scripts.bucket is None:
                bucket_arn = self.bucket.bucket_arn
                cleanup = NewBucketCleanup(
                    self, "NewBucket", bucket_name=self._bucket_name, bucket_arn=bucket_arn
                )
                for resource in resources:
                    node_of(resource).add_dependency(cleanup.resource)
                self._cleanup_role_arn = cleanup.role_arn
                self._deny_other_writers(
                    self.cluster_prefix, [upload.handler_role.role_arn, cleanup.role_arn]
                )

    def key_prefix(self) -> str:
        """Key prefix of scripts, form and steps: the prefix, and a digest of their content.

        In the digest, a value known only at deployment is represented by its source resource.
        """
        self._on_resolved()
        if self._scripts_digest is None:
            return self._scripts.prefix
        form, node_types = self._form(), self._node_types()
        if (form, node_types) != self._digested or not self._digest:
            self._digested = (form, node_types)
            self._digest = self._digest_of(form, node_types)
        return f"{self.cluster_prefix}/{self._digest}"

    def source_s3_uri(self) -> str:
        """`SourceS3Uri` of the instance groups."""
        return "/".join(filter(None, (f"s3://{self._bucket_name}", self.key_prefix())))

    def _digest_of(self, form: ProvisioningParams | None, node_types: str | None) -> str:
        topology = form and form.to_dict() if node_types is None else node_types
        described = self._stack.resolve([topology, *self._steps])
        texts = (json.dumps(_canonical(value), sort_keys=True) for value in described)
        lines = "\n".join([str(self._scripts_digest), *texts])
        return digest([lines.encode()])[:_DIGEST_LENGTH]

    def _refresh_of(self, name: str) -> dict[str, Any]:
        """Where nodes that run find the users; nothing if they do not look."""
        steps = self._scripts.steps
        if steps is None or steps.refresh is None or steps.users is None:
            return {}
        return {
            "refresh": {
                "bucket": self._bucket_name,
                "key": f"{self.cluster_prefix}/{_LIVE}/{_USERS_NAME}",
                "region": environment_of(self._stack).region,
                "cluster": name,
                "minutes": steps.refresh,
            }
        }

    def _backup(self) -> dict[str, Any]:
        """Where the controller keeps backups; nothing if there are none."""
        steps = self._scripts.steps
        accounting = None if steps is None else steps.accounting
        if self.backup_prefix is None or accounting is None:
            return {}
        backup = {
            "bucket": self._bucket_name,
            "prefix": self.backup_prefix,
            "region": environment_of(self._stack).region,
            "minutes": accounting.backup,
        }
        return {"accounting": {"backup": backup}}

    def protect_backups(self, writer: iam.IRole) -> None:
        """In the created bucket, one role writes backups, and replaced ones expire."""
        if isinstance(self.bucket, s3.Bucket) and self._scripts.bucket is None:
            prefix = str(self.backup_prefix)
            self._deny_other_writers(prefix, [writer.role_arn, self._cleanup_role_arn])
            self.bucket.add_lifecycle_rule(
                prefix=f"{prefix}/",
                noncurrent_version_expiration=cdk.Duration.days(_DAYS_OF_REPLACED),
            )

    def _upload_users(self) -> Iterator[s3_deployment.BucketDeployment]:
        """Uploads the users where nodes that run look, before nodes with other scripts are created."""
        steps = self._scripts.steps
        if not self._refresh or steps is None or steps.users is None:
            return
        document = {"cluster": self._refresh["refresh"]["cluster"], **steps.users.to_dict()}
        users = s3_deployment.BucketDeployment(
            self,
            "Users",
            destination_bucket=self.bucket,
            destination_key_prefix=f"{self.cluster_prefix}/{_LIVE}",
            sources=[s3_deployment.Source.data(_USERS_NAME, json.dumps(document, indent=2) + "\n")],
            prune=False,
            retain_on_delete=True,
        )
        # Both uploads use the function of the first, with its layer.
        node_of(users).try_remove_child("AwsCliLayer")
        yield users

    def _make_bucket(self, name: str) -> s3.Bucket:
        _, account, region = environment_of(self._stack)
        bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=f"{BUCKET_NAME_PREFIX}{name.lower()}-{account}-{region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        place_in(self, bucket)
        return bucket

    def _deny_other_writers(self, prefix: str, roles: list[str]) -> None:
        """Whoever writes the scripts is root on the nodes: only the upload and the cleanup write them.

        The policy of the bucket can still be changed, by CloudFormation and by administrators.
        """
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[
                    "s3:DeleteObject*",
                    "s3:PutObject",
                    "s3:PutObjectAcl",
                    "s3:PutObjectVersionAcl",
                    "s3:ReplicateDelete",
                    "s3:ReplicateObject",
                    "s3:RestoreObject",
                ],
                resources=[self.bucket.arn_for_objects(f"{prefix}/*")],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": roles}},
            )
        )

    def _warn_of(self, bucket: s3.IBucket) -> None:
        """A bucket requires the prefix `sagemaker-` and access from the account of the nodes."""
        name = self._bucket_name
        if not is_unresolved(name) and not name.startswith(BUCKET_NAME_PREFIX):
            cdk.Annotations.of(self).add_warning_v2(
                "hyperpod-constructs:BucketName",
                f"lifecycle_scripts.bucket: {name!r} does not start with '{BUCKET_NAME_PREFIX}', "
                "as AWS requires; the execution roles are granted access to it, but "
                "AmazonSageMakerClusterInstanceRolePolicy grants no access",
            )
        accounts = (bucket.env.account, environment_of(self._stack).account)
        if not any(map(is_unresolved, accounts)) and len(set(accounts)) > 1:
            cdk.Annotations.of(self).add_warning_v2(
                "hyperpod-constructs:BucketAccount",
                f"lifecycle_scripts.bucket: the bucket policy in account {accounts[0]} must allow "
                f"access from the execution roles of account {accounts[1]}",
            )

    def _sources(self) -> list[s3_deployment.ISource]:
        folder = self._scripts.folder
        form_names = () if self._form() is None else FORM_NAMES
        form = lazy_text(self._form_text)
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
            *(s3_deployment.Source.data(name, form) for name in form_names),
            *(
                s3_deployment.Source.data(STEPS_NAME, json.dumps(steps, indent=2) + "\n")
                for steps in self._steps
            ),
            *(
                [s3_deployment.Source.data(NODE_TYPES_NAME, lazy_text(self._node_types_text))]
                if self._node_types() is not None
                else []
            ),
        ]

    def _node_types_text(self) -> str:
        self._on_resolved()
        return self._node_types() or ""

    def _form_text(self) -> str:
        self._on_resolved()
        form = self._form()
        return "" if form is None else form.to_json()


def _canonical(value: Any) -> Any:
    """The value, with lists of objects sorted, since their order has no effect on nodes."""
    if isinstance(value, dict):
        return {key: _canonical(each) for key, each in value.items()}
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return sorted(map(_canonical, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
