"""Keys, secrets, policies and functions that other resources need."""

from tests.aws.cloudformation.template import Json

from .scenario import Kind, Scenario, create, delete, update
from .templates import ROLE, of

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_CUSTOM = f"{_REFERENCE}/crpg-ref-responses.html"
_TIMEOUT = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"


def document(action: str, **more: object) -> Json:
    """A policy."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def key(description: str) -> Json:
    """A key with a policy."""
    root = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
    policy = document("kms:*", Principal=root, Sid=description)
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}


def managed(action: str) -> Json:
    """A managed policy of a role."""
    properties = {"PolicyDocument": document(action), "Roles": [{"Ref": "R"}]}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def logs(days: int) -> Json:
    """A log group that keeps its events for some days."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": days}}


def secret(text: str) -> Json:
    """A secret."""
    return {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": text}}


def function(body: str, timeout: int = 10) -> dict[str, Json]:
    """A function of inline code, and its role."""
    code = f"import cfnresponse, json, time\n\ndef handler(event, context):\n    {body}\n"
    return {
        "R": ROLE,
        "L": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": code},
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["R", "Arn"]},
                "Runtime": "python3.13",
                "Timeout": timeout,
            },
        },
    }


def custom(value: str = "a") -> Json:
    """A resource of the function."""
    properties = {"ServiceToken": {"Fn::GetAtt": ["L", "Arn"]}, "Value": value}
    return {"Type": "Custom::X", "Properties": properties}


SUCCEEDS = "cfnresponse.send(event, context, 'SUCCESS', {}, event['ResourceProperties']['Value'])"
FAILS_TO_CREATE = (
    "cfnresponse.send(event, context, 'FAILED' if event['RequestType'] == 'Create' else 'SUCCESS', "
    "{}, 'half-made')"
)
LONG = "cfnresponse.send(event, context, 'SUCCESS', {'x': 'y' * 5000}, 'x')"
SLOW = "time.sleep(30)"

SCENARIOS = [
    Scenario(
        "2.3",
        "policy of a key",
        (create(of(K=key("a"))), update(of(K=key("b")))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-kms-key.html",
    ),
    Scenario(
        "2.3",
        "managed policy",
        (
            create(of(R=ROLE, P=managed("s3:GetObject"))),
            update(of(R=ROLE, P=managed("s3:PutObject"))),
        ),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-iam-managedpolicy.html",
    ),
    Scenario(
        "2.3",
        "retention of logs",
        (create(of(L=logs(1))), update(of(L=logs(7)))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-logs-loggroup.html",
    ),
    Scenario(
        "2.3",
        "text of a secret",
        (create(of(S=secret("a"))), update(of(S=secret("b")))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-secretsmanager-secret.html",
    ),
    Scenario(
        "1.14",
        "function answers",
        (create(of(**function(SUCCEEDS), C=custom())),),
        "CREATE_COMPLETE",
        _CUSTOM,
    ),
    Scenario(
        "1.14",
        "answer with another physical id replaces",
        (
            create(of(**function(SUCCEEDS), C=custom())),
            update(of(**function(SUCCEEDS), C=custom("b"))),
        ),
        "UPDATE_COMPLETE",
        _CUSTOM,
        says="DELETE_COMPLETE a",
    ),
    Scenario(
        "1.14",
        "failed creation is deleted",
        (create(of(**function(FAILS_TO_CREATE), C=custom())),),
        "ROLLBACK_COMPLETE",
        f"{_REFERENCE}/crpg-ref-requesttypes-delete.html",
        Kind.ISSUE,
        says="DELETE_COMPLETE half-made",
    ),
    Scenario(
        "1.14",
        "answer of 5 kB",
        (create(of(**function(LONG), C=custom())),),
        "ROLLBACK_FAILED",
        _CUSTOM,
        says="Response object is too long.",
    ),
    Scenario(
        "2.2",
        "function that takes too long",
        (create(of(**function(SLOW, 1), C=custom())),),
        "ROLLBACK_FAILED",
        _TIMEOUT,
        says="Task timed out after 1.00 seconds",
    ),
    Scenario(
        "1.14",
        "resource is deleted by its function",
        (create(of(**function(SUCCEEDS), C=custom())), delete()),
        "DELETE_COMPLETE",
        _CUSTOM,
        says="DELETE_COMPLETE a",
    ),
]


def _inline(role: str) -> Json:
    properties = {
        "PolicyDocument": document("s3:GetObject"),
        "PolicyName": "p",
        "Roles": [{"Ref": role}],
    }
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


SCENARIOS += [
    Scenario(
        "1.6",
        "policies of the same name within two roles",
        (create(of(R=ROLE, S=ROLE, P=_inline("R"), Q=_inline("S"))),),
        "CREATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-iam-policy.html",
    )
]
