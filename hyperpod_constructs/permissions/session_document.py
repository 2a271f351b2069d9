"""Documents of Session Manager sessions on nodes.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    BUCKET,
    DURATION,
    GRANTEE,
    KEY,
    LOG_GROUP,
    check,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.model.key_prefix import key_prefix_problems
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.value_checks import pattern_problems, range_problems

from .grantee_checks import without_policies

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3

_USER = r"[a-z_][a-z0-9_-]*"
_NAME = r"(?!(?:aws|amazon|amzn)[-_.])[A-Za-z0-9_.-]+"
_MINUTES_IDLE = 60
_MINUTES_IN_ALL = 1440


class SessionDocument(Construct):
    """Preferences of Session Manager sessions on nodes: the Linux user, time limits, shell and logs.

    Sessions use the document only if they name it, and its name is an output of the stack:
    `aws ssm start-session --document-name <name> --target <node>`. To let people start sessions with
    this document only, pass it to `cluster.grants.start_session`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        run_as: str | None = None,
        document_name: str | None = None,
        idle_timeout: cdk.Duration | None = None,
        max_duration: cdk.Duration | None = None,
        shell_profile: str | None = None,
        log_group: "logs.ILogGroup | None" = None,
        log_group_is_encrypted: bool = False,
        bucket: "s3.IBucket | None" = None,
        key_prefix: str = "",
        key: "kms.IKey | None" = None,
    ) -> None:
        """Creates the document.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            run_as: Linux user of the sessions, which must exist on the nodes. The tag
                `SSMSessionRunAs` of the IAM user or role that starts a session takes precedence.
                Defaults to the user of the tag, without which sessions do not start.
            document_name: Name of the document. Defaults to a name that CloudFormation generates.
            idle_timeout: Time without activity after which a session ends, 1 to 60 whole minutes.
                Defaults to 20 minutes.
            max_duration: Time after which a session ends, 1 to 1,440 whole minutes. Unlimited by
                default.
            shell_profile: Commands that run when a session starts, such as `cd ~ && exec bash -l`. Defaults
                to the shell of the user.
            log_group: Log group to which the output of sessions is streamed. None by default.
            log_group_is_encrypted: Whether the log group is encrypted with a KMS key. Session Manager
                refuses sessions if it should be and is not. Defaults to False.
            bucket: Bucket in which the output of sessions is stored when they end. None by default.
            key_prefix: Key prefix of the objects in the bucket.
            key: Key that encrypts the data between client and node, in addition to TLS. None by
                default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `SessionUser`, `SessionDocumentName`,
                `SessionMinutes`, `SessionLogs`, `LifecyclePrefix`.
        """
        check(
            scope_problems(scope, id),
            optional("run_as", run_as, str),
            user_problems(run_as),
            optional("document_name", document_name, str),
            _name_problems(document_name),
            _minutes_problems("idle_timeout", idle_timeout, _MINUTES_IDLE),
            _minutes_problems("max_duration", max_duration, _MINUTES_IN_ALL),
            _order_problems(idle_timeout, max_duration),
            optional("shell_profile", shell_profile, str),
            optional("log_group", log_group, LOG_GROUP),
            required("log_group_is_encrypted", log_group_is_encrypted, bool),
            optional("bucket", bucket, BUCKET),
            key_prefix_problems("key_prefix", key_prefix),
            optional("key", key, KEY),
            _log_problems("key_prefix", key_prefix, "bucket", bucket),
            _log_problems("log_group_is_encrypted", log_group_is_encrypted, "log_group", log_group),
        )
        super().__init__(scope, id)
        self._log_group = log_group
        self._bucket = bucket
        self._key_prefix = key_prefix
        self._key = key
        inputs: dict[str, Any] = {
            "runAsEnabled": True,
            "runAsDefaultUser": run_as or "",
            "idleSessionTimeout": _minutes(idle_timeout or cdk.Duration.minutes(20)),
            "maxSessionDuration": "" if max_duration is None else _minutes(max_duration),
            "cloudWatchLogGroupName": "" if log_group is None else log_group.log_group_name,
            "cloudWatchEncryptionEnabled": log_group_is_encrypted,
            "cloudWatchStreamingEnabled": log_group is not None,
            "s3BucketName": "" if bucket is None else bucket.bucket_name,
            "s3KeyPrefix": key_prefix,
            "s3EncryptionEnabled": bucket is not None,
            "kmsKeyId": "" if key is None else key.key_arn,
        }
        if shell_profile is not None:
            inputs["shellProfile"] = {"linux": shell_profile}
        document = ssm.CfnDocument(
            self,
            "Resource",
            content={
                "schemaVersion": "1.0",
                "description": "Sessions on nodes of SageMaker HyperPod",
                "sessionType": "Standard_Stream",
                "inputs": inputs,
            },
            document_format="JSON",
            document_type="Session",
            name=document_name,
            update_method="NewVersion",
        )
        self._document_name = document.ref
        cdk.CfnOutput(self, "DocumentName", value=document.ref)

    @property
    def document_name(self) -> str:
        """Name of the document."""
        return self._document_name

    @property
    def document_arn(self) -> str:
        """ARN of the document."""
        return environment_of(stack_of(self)).arn("ssm", f"document/{self._document_name}")

    @property
    def key(self) -> "kms.IKey | None":
        """Key that encrypts the data of sessions, if any."""
        return self._key

    def grant_logging(self, nodes: iam.IGrantable) -> None:
        """Allows nodes to write the output of sessions, and to decrypt their data.

        Sessions on nodes without these permissions do not start. A document without `log_group`,
        `bucket` and key requires none, and nothing is granted.

        Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html

        Args:
            nodes: A cluster, or the execution role of its nodes.

        Raises:
            ValidationError: `ArgumentType`, `Grantee`.
        """
        check(required("nodes", nodes, GRANTEE))
        if isinstance(nodes.grant_principal, iam.PrincipalBase):
            raise ValidationError([without_policies("nodes", nodes)])
        if self._log_group is not None:
            self._log_group.grant(
                nodes, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"
            )
            _grant(nodes, "logs:DescribeLogGroups", "*")
        if self._bucket is not None:
            self._bucket.grant_put(nodes, f"{self._key_prefix}*")
            _grant(nodes, "s3:GetEncryptionConfiguration", self._bucket.bucket_arn)
        if self._key is not None:
            self._key.grant_decrypt(nodes)


def _grant(nodes: iam.IGrantable, action: str, resource: str) -> None:
    iam.Grant.add_to_principal(grantee=nodes, actions=[action], resource_arns=[resource])


def _minutes(duration: cdk.Duration) -> str:
    return str(round(duration.to_minutes(integral=False)))


def user_problems(run_as: object) -> Iterator[Problem]:
    """Sessions run as a Linux user other than `root`, which Session Manager does not support.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-run-as.html
    """
    if isinstance(run_as, str):
        yield from pattern_problems(
            "run_as",
            run_as,
            code="SessionUser",
            pattern=f"(?!root$){_USER}",
            max_length=32,
            message="must be a Linux user other than 'root', which Session Manager does not support",
            fix="use a user of the nodes, such as 'ubuntu'",
        )


def _name_problems(name: object) -> Iterator[Problem]:
    """Names of documents have 3 to 128 characters, and prefixes of AWS are reserved.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ssm-document.html
    """
    if isinstance(name, str):
        yield from pattern_problems(
            "document_name",
            name,
            code="SessionDocumentName",
            pattern=_NAME,
            min_length=3,
            max_length=128,
            message="must be 3 to 128 letters, digits, dots, hyphens and underscores, and not start "
            "with 'aws', 'amazon' or 'amzn'",
            fix="use a name such as 'HyperPodSessions'",
        )


def _minutes_problems(path: str, duration: object, longest: int) -> Iterator[Problem]:
    """Sessions end after 1 to 60 minutes without activity, and after 1 minute to 24 hours.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
    """
    problems = list(optional(path, duration, DURATION))
    yield from problems
    if problems or not isinstance(duration, cdk.Duration):
        return
    if duration.is_unresolved():
        yield Problem(
            code="SessionMinutes",
            path=path,
            value=duration,
            message="must be known at synthesis",
            fix="use a duration such as Duration.minutes(20)",
        )
        return
    minutes = duration.to_minutes(integral=False)
    outside = list(
        range_problems(f"{path}.to_minutes()", minutes, code="SessionMinutes", low=1, high=longest)
    )
    yield from outside
    if not outside and minutes != round(minutes):
        yield Problem(
            code="SessionMinutes",
            path=path,
            value=duration,
            message="must be whole minutes",
            fix=f"use Duration.minutes({round(minutes)})",
        )


def _order_problems(idle_timeout: object, max_duration: object) -> Iterator[Problem]:
    """A session that ends before it can be idle for long enough does not time out."""
    if not isinstance(idle_timeout, cdk.Duration) or not isinstance(max_duration, cdk.Duration):
        return
    if idle_timeout.is_unresolved() or max_duration.is_unresolved():
        return
    idle, longest = (each.to_minutes(integral=False) for each in (idle_timeout, max_duration))
    if 1 <= longest < idle <= _MINUTES_IDLE:
        yield Problem(
            code="SessionMinutes",
            path="idle_timeout",
            value=idle_timeout,
            message="is longer than max_duration, so that it has no effect",
            fix="use a shorter one",
        )


def _log_problems(path: str, value: object, required: str, receiver: object) -> Iterator[Problem]:
    """What describes logs requires the log group or the bucket that receives them."""
    if value and receiver is None:
        yield Problem(
            code="SessionLogs",
            path=path,
            value=value,
            message=f"has no effect without {required}",
            fix=f"pass {required}=, or omit {path}",
        )
