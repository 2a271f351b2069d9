"""Templates, parameters and change sets that CloudFormation refuses before it creates anything."""

from tests.aws.cloudformation.template import Json

from .scenario import Kind, Scenario, create, delete, update

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_LIMITS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
)
_TROUBLES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
_EXPORTS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
)
TOPIC = {"Type": "AWS::SNS::Topic"}
QUEUE = {"Type": "AWS::SQS::Queue"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            },
        }
    },
}
REFUSED = "ValidationError"


def of(**resources: Json) -> Json:
    """A template with resources."""
    return {"Resources": resources}


def topic(**properties: object) -> Json:
    """A topic with properties."""
    return {**TOPIC, "Properties": properties}


def exporting(value: Json | str, name: str = "shared") -> Json:
    """A template that exports a value."""
    output = {"Value": value, "Export": {"Name": name}}
    return {**of(T=TOPIC, Q=QUEUE), "Outputs": {"O": output}}


def with_parameter(definition: Json) -> Json:
    """A template with a parameter."""
    return {**of(T=TOPIC), "Parameters": {"P": definition}}


IMPORTING = of(I=topic(DisplayName={"Fn::ImportValue": {"Fn::Sub": "shared"}}))

SCENARIOS = [
    Scenario(
        "1.3",
        "export in use is changed",
        (create(exporting("a")), create(IMPORTING, "I"), update(exporting("b"))),
        "UPDATE_ROLLBACK_COMPLETE",
        _EXPORTS,
        says="Export shared cannot be updated as it is in use by I",
    ),
    Scenario(
        "1.3",
        "export in use is removed",
        (create(exporting("a")), create(IMPORTING, "I"), update(of(T=TOPIC))),
        "UPDATE_ROLLBACK_COMPLETE",
        _EXPORTS,
        says="Export shared cannot be deleted as it is in use by I",
    ),
    Scenario(
        "1.3",
        "stack of an export in use is deleted",
        (create(exporting("a")), create(IMPORTING, "I"), delete()),
        REFUSED,
        _EXPORTS,
        says="in use by I",
    ),
    Scenario(
        "1.3",
        "name is exported twice",
        (create(exporting("a")), create(exporting("b"), "I")),
        "ROLLBACK_COMPLETE",
        _EXPORTS,
        says="already exported by stack S",
    ),
    Scenario(
        "1.5",
        "unknown property",
        (create(of(T=topic(Color="red"))),),
        "ROLLBACK_COMPLETE",
        f"{_TROUBLES}#troubleshooting-errors",
        says="extraneous key [Color] is not permitted",
    ),
    Scenario(
        "1.5",
        "missing property",
        (create(of(V={"Type": "AWS::EC2::Subnet"})),),
        "ROLLBACK_COMPLETE",
        f"{_TROUBLES}#troubleshooting-errors",
        says="required key [VpcId] not found",
    ),
    Scenario(
        "1.5",
        "value of another type",
        (create(of(Q={**QUEUE, "Properties": {"DelaySeconds": "soon"}})),),
        "ROLLBACK_COMPLETE",
        f"{_TROUBLES}#troubleshooting-errors",
        says="expected type: Integer",
    ),
    Scenario(
        "1.5",
        "number as text",
        (create(of(Q={**QUEUE, "Properties": {"DelaySeconds": "5"}})),),
        "CREATE_COMPLETE",
        f"{_REFERENCE}/resources-section-structure.html",
        Kind.KNOWLEDGE,
    ),
    Scenario(
        "1.5",
        "DependsOn of nothing",
        (create(of(T={**TOPIC, "DependsOn": "X"})),),
        REFUSED,
        f"{_REFERENCE}/aws-attribute-dependson.html",
        says="Unresolved resource dependencies [X]",
    ),
    Scenario(
        "1.5",
        "501 resources",
        (create(of(**{f"T{n}": TOPIC for n in range(501)})),),
        REFUSED,
        _LIMITS,
        says="501",
    ),
    Scenario(
        "1.5",
        "60 kB inline",
        (create({**of(T=TOPIC), "Metadata": {"x": "y" * 60_000}}),),
        REFUSED,
        _LIMITS,
        says="less than or equal to 51200",
    ),
    Scenario(
        "1.5",
        "logical id with a dash",
        (create(of(**{"a-b": TOPIC})),),
        REFUSED,
        f"{_REFERENCE}/resources-section-structure.html",
        says="non alphanumeric",
    ),
    Scenario(
        "1.5",
        "identities without consent",
        (create(of(R=ROLE), Capabilities=[]),),
        "InsufficientCapabilitiesException",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html",
        says="CAPABILITY_IAM",
    ),
    Scenario(
        "1.5",
        "attribute that the type does not have",
        (create(of(T=TOPIC, U=topic(DisplayName={"Fn::GetAtt": ["T", "X"]}))),),
        REFUSED,
        f"{_REFERENCE}/intrinsic-function-reference-getatt.html",
        says="does not support attribute type X",
    ),
    Scenario(
        "1.17",
        "value that is not allowed",
        (create(with_parameter({"Type": "String", "AllowedValues": ["a"], "Default": "b"})),),
        REFUSED,
        f"{_REFERENCE}/parameters-section-structure.html",
        says="AllowedValues",
    ),
    Scenario(
        "1.17",
        "number that is none",
        (create(with_parameter({"Type": "Number", "Default": "x"})),),
        REFUSED,
        f"{_REFERENCE}/parameters-section-structure.html",
        says="must be a number",
    ),
    Scenario(
        "1.17",
        "parameter that the template does not have",
        (create(of(T=TOPIC), Parameters=[{"ParameterKey": "X", "ParameterValue": "y"}]),),
        REFUSED,
        "https://github.com/jenkinsci/pipeline-aws-plugin/issues/133",
        Kind.ISSUE,
        says="[X] do not exist in the template",
    ),
    Scenario(
        "1.17",
        "dynamic reference to nothing",
        (create(of(T=topic(DisplayName="{{resolve:ssm:/none}}"))),),
        "ROLLBACK_COMPLETE",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
        says="/none",
    ),
    Scenario(
        "2.2",
        "item that a list does not have",
        (
            create(
                {**of(T=TOPIC), "Outputs": {"O": {"Value": {"Fn::Select": [3, [{"Ref": "T"}]]}}}}
            ),
        ),
        "ROLLBACK_COMPLETE",
        "https://github.com/aws-samples/1click-hpc/issues/1",
        Kind.ISSUE,
        says="nonexistent value",
    ),
]
