"""Every IAM policy of the snapshots of templates, and every managed policy, with real values."""

import json
from collections.abc import Iterator
from typing import Any

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import document
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from hyperpod_constructs.permissions.session_statements import session_statements
from tests.synth import ROOT

HERE = Environment("aws", "111122223333", "us-west-2")
_PSEUDO_PARAMETERS = {
    "AWS::AccountId": HERE.account,
    "AWS::Partition": HERE.partition,
    "AWS::Region": HERE.region,
    "AWS::StackId": HERE.arn("cloudformation", "stack/name/1234abcd-12ab-34cd-56ef-1234567890ab"),
}
_VALUES = {
    "AWS::APS::Workspace": HERE.arn("aps", "workspace/ws-1234abcd-12ab-34cd-56ef-1234567890ab"),
    "AWS::CloudWatch::Alarm": HERE.arn("cloudwatch", "alarm:name"),
    "AWS::EC2::SecurityGroup": "sg-0123456789abcdef0",
    "AWS::EC2::Subnet": "subnet-0123456789abcdef0",
    "AWS::EC2::VPC": "vpc-0123456789abcdef0",
    "AWS::EKS::Cluster": HERE.arn("eks", "cluster/name"),
    "AWS::KMS::Key": HERE.arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    "AWS::Lambda::Function": HERE.arn("lambda", "function:name"),
    "AWS::Logs::LogGroup": HERE.arn("logs", "log-group:name:*"),
    "AWS::S3::Bucket": "arn:aws:s3:::sagemaker-name",
    "AWS::SNS::Topic": HERE.arn("sns", "name"),
    "AWS::SageMaker::Cluster": HERE.arn("sagemaker", "cluster/abcdefghijkl"),
    "AWS::SecretsManager::SecretTargetAttachment": HERE.arn("secretsmanager", "secret:name-AbCdEf"),
}
"""What policies reference, by the type of the resource."""
_ATTRIBUTES = {"DefaultSecurityGroup": "sg-0123456789abcdef1"}
_EVERYTHING = PolicyOptions(
    eks=True,
    custom_images=True,
    training_plans=True,
    volume_keys=True,
    eks_resources=True,
    observability=True,
    session_documents=True,
    managed_policies=True,
    users_and_groups=True,
)
Json = dict[str, Any]


def every_policy() -> Iterator[tuple[str, Json]]:
    """Names and documents of different policies."""
    seen = set()
    for name, found in (*_of_snapshots(), *_managed()):
        text = json.dumps(found, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield name, found


def _managed() -> Iterator[tuple[str, Json]]:
    for options, kind in ((PolicyOptions(), "plain"), (_EVERYTHING, "everything")):
        for name, build in POLICIES.items():
            yield f"{name}-{kind}", document(build(HERE, options))
    session = HERE.arn("ssm", "document/Sessions")
    yield "sessions", document(session_statements(HERE))
    yield "sessions-of-a-user", document(session_statements(HERE, document_arn=session))


def _of_snapshots() -> Iterator[tuple[str, Json]]:
    for path in sorted((ROOT / "tests" / "snapshots").rglob("*.json")):
        resources = json.loads(path.read_text(encoding="utf-8")).get("Resources", {})
        for logical_id, resource in resources.items():
            for found in _documents(resource):
                name = f"{path.parent.name}-{path.stem}-{logical_id}"
                yield name, _with_values(found, resources)


def _documents(resource: Json) -> list[Json]:
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::IAM::Role":
        return [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    if resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
        return [properties["PolicyDocument"]]
    return []


def _with_values(value: Any, resources: Json) -> Any:
    match value:
        case {"Ref": name}:
            return _PSEUDO_PARAMETERS.get(name) or _VALUES[resources[name]["Type"]]
        case {"Fn::GetAtt": [name, attribute]}:
            return _ATTRIBUTES.get(attribute) or _VALUES[resources[name]["Type"]]
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_with_values(part, resources) for part in parts)
        case {"Fn::Select": [index, values]}:
            return _with_values(values, resources)[int(index)]
        case {"Fn::Split": [separator, text]}:
            return _with_values(text, resources).split(separator)
        case {"Fn::Sub": str(text)}:
            for name, known in _PSEUDO_PARAMETERS.items():
                text = text.replace(f"${{{name}}}", known)
            return text
        case dict():
            return {key: _with_values(each, resources) for key, each in value.items()}
        case list():
            return [_with_values(each, resources) for each in value]
    return value
