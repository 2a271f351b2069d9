"""What policy statements allow, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .values import readable

_ARN_PARTS = 6
_MOST_RESOURCES = 3


@dataclass(frozen=True)
class _Phrase:
    words: str
    actions: tuple[str, ...]
    has_resources: bool = True


_PHRASES = (
    _Phrase("read objects: ", ("s3:getobject",)),
    _Phrase("list the objects of ", ("s3:listbucket",)),
    _Phrase("write objects: ", ("s3:putobject", "s3:deleteobject")),
    _Phrase("write logs: ", ("logs:create*", "logs:put*", "logs:describe*")),
    _Phrase("publish CloudWatch metrics", ("cloudwatch:putmetricdata",), has_resources=False),
    _Phrase("open sessions of Session Manager", ("ssmmessages:*",), has_resources=False),
    _Phrase(
        "create, attach and delete network interfaces",
        (
            "ec2:*networkinterface",
            "ec2:*networkinterfacepermission",
            "ec2:modifynetworkinterfaceattribute",
            "ec2:*privateipaddresses",
        ),
        has_resources=False,
    ),
    _Phrase("tag ", ("ec2:createtags",)),
    _Phrase("list resources of EC2", ("ec2:describe*",), has_resources=False),
    _Phrase("read secrets: ", ("secretsmanager:getsecretvalue",)),
    _Phrase("publish to ", ("sns:publish",)),
    _Phrase("decrypt with ", ("kms:decrypt",)),
    _Phrase("encrypt volumes with ", ("kms:creategrant", "kms:describekey", "kms:generatedata*")),
    _Phrase("pull container images", ("ecr:*get*", "ecr:batchcheck*"), has_resources=False),
    _Phrase("give pods their roles: ", ("eks-auth:*",)),
    _Phrase("write metrics to Prometheus: ", ("aps:remotewrite",)),
)


def permissions(statements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What statements allow and deny, each once, in their order."""
    found: dict[tuple[str, bool], dict[str, None]] = {}
    conditional: dict[tuple[str, bool], bool] = {}
    for statement in statements:
        denies = statement.get("Effect") == "Deny"
        words = "NotAction" in statement and ["everything but " + _listed(statement, "NotAction")]
        for phrase in words or _phrases(statement):
            key = (f"not {phrase}" if denies else phrase, denies)
            found.setdefault(key, {}).update(dict.fromkeys(_resources(statement)))
            conditional[key] = conditional.get(key, True) and "Condition" in statement
    for (phrase, denies), resources in found.items():
        shown = phrase + _shown(phrase, list(resources))
        yield f"{shown}, under conditions" if conditional[phrase, denies] else shown


def _phrases(statement: Mapping[str, Any]) -> Iterator[str]:
    for action in _entries(statement.get("Action")):
        name = readable(action)
        if name == "*":
            yield "do everything on "
            continue
        phrase = next((each for each in _PHRASES if _is_among(name, each.actions)), None)
        yield f"{name} on " if phrase is None else phrase.words


def _is_among(action: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern) for pattern in patterns)


def _shown(phrase: str, resources: Sequence[str]) -> str:
    """The resources of a phrase, if it has any."""
    words = phrase.removeprefix("not ")
    if any(each.words == words and not each.has_resources for each in _PHRASES):
        return ""
    more = (
        f" and {len(resources) - _MOST_RESOURCES} more" if len(resources) > _MOST_RESOURCES else ""
    )
    ending = "" if words.endswith(("on ", "of ", "to ", "with ", ": ", "tag ")) else " on "
    return ending + ", ".join(resources[:_MOST_RESOURCES]) + more


def _resources(statement: Mapping[str, Any]) -> Iterator[str]:
    if "NotResource" in statement:
        yield f"all resources but {_listed(statement, 'NotResource')}"
    for resource in _entries(statement.get("Resource")):
        yield _short(readable(resource))


def _listed(statement: Mapping[str, Any], element: str) -> str:
    return ", ".join(map(readable, _entries(statement[element])))


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _short(arn: str) -> str:
    """An ARN without partition, Region and account."""
    if arn == "*":
        return "all resources"
    masked = arn.replace("::", "\0\0") if "<AWS::" in arn else arn
    parts = masked.split(":", _ARN_PARTS - 1)
    if parts[0] != "arn" or len(parts) != _ARN_PARTS:
        return arn
    return parts[-1].replace("\0\0", "::").removesuffix(":log-stream:*")
