"""Each rule of CloudFormation, and of the resources of the network, in the emulator."""

import copy
import json
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator

from .tools import (
    abandon,
    create,
    delete,
    empty,
    failures,
    logical_ids,
    of_type,
    settled,
    update,
    upload_of,
)

TOPIC = {"Type": "AWS::SNS::Topic"}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
SUBNET = {
    "Type": "AWS::EC2::Subnet",
    "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
}
CLUSTER = "AWS::SageMaker::Cluster"


def of(**resources: Json) -> Json:
    return {"Resources": resources}


def policy(**elements: Json) -> Json:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
    return {"Version": "2012-10-17", "Statement": statement}


def role(condition: Json) -> Json:
    return {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"},
        },
        "Policies": [{"PolicyName": "Read", "PolicyDocument": policy(Condition=condition)}],
    }


@pytest.fixture(autouse=True)
def clean(account: Emulator) -> Iterator[None]:
    yield
    abandon(account)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            of(A={"Type": "AWS::EKS::Nodegroup"}),
            r"Unrecognized resource types: \[AWS::EKS::Nodegroup",
        ),
        (of(), "At least one Resources member"),
        (of(A={**TOPIC, "DependsOn": "B"}, B={**TOPIC, "DependsOn": "A"}), "Circular dependency"),
        (of(A={**TOPIC, "Properties": {"TopicName": {"Ref": "C"}}}), "Unresolved resource"),
        (
            of(A=TOPIC, B={**TOPIC, "Properties": {"TopicName": {"Fn::GetAtt": ["A", "X"]}}}),
            "resource A of type AWS::SNS::Topic does not support attribute type X",
        ),
        ({**of(A=TOPIC), "Parameters": {"P": {"Type": "String"}}}, "must have values"),
    ],
)
def test_template_is_refused(account: Emulator, template: Json, message: str) -> None:
    with pytest.raises(ClientError, match=message):
        account.cloud.client("cloudformation").create_change_set(
            StackName="S",
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(template),
        )


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (
            {"A": {**TOPIC, "Properties": {"TopicName": {"Fn::ImportValue": "x"}}}},
            "No export named",
        ),
        (
            {
                "Vpc": VPC,
                "Subnet": SUBNET,
                "Ip": {"Type": "AWS::EC2::EIP"},
                "Nat": {
                    "Type": "AWS::EC2::NatGateway",
                    "Properties": {
                        "SubnetId": {"Ref": "Subnet"},
                        "AllocationId": {"Fn::GetAtt": ["Ip", "AllocationId"]},
                    },
                },
            },
            "has no Internet gateway attached",
        ),
        (
            {
                name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b00"}}
                for name in "AB"
            },
            "b00 already exists",
        ),
        (
            {"C": {"Type": "Custom::X", "Properties": {"ServiceToken": "nobody"}}},
            "Function not found",
        ),
        (
            {"R": {"Type": "AWS::IAM::Role", "Properties": role({"StringEqual": {"a": "b"}})}},
            "policy Read: statement 1: unknown condition operator 'StringEqual'",
        ),
        (
            {
                "B": {"Type": "AWS::S3::Bucket"},
                "P": {
                    "Type": "AWS::S3::BucketPolicy",
                    "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy()},
                },
            },
            "statement 1: Principal or NotPrincipal is required",
        ),
        (
            {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy()}}},
            "policy of key K: statement 1: Principal or NotPrincipal is required",
        ),
    ],
)
def test_resource_fails_and_the_stack_rolls_back(
    account: Emulator, resources: Json, message: str
) -> None:
    stack = create(account, "S", of(**resources))
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert message in failures(stack)[0]
    assert not stack.resources


def test_network_in_use_is_not_deleted(account: Emulator) -> None:
    stack = create(account, "S", of(Vpc=VPC, Subnet=SUBNET))
    account.cloud.client("ec2").create_network_interface(
        SubnetId=stack.resources["Subnet"].made.physical_id
    )
    assert delete(account, stack).status == "DELETE_FAILED"
    assert "has dependencies and cannot be deleted" in failures(stack)[0]


def test_bucket_with_objects_is_not_deleted(account: Emulator) -> None:
    stack = create(account, "S", of(B={"Type": "AWS::S3::Bucket"}))
    bucket = stack.resources["B"].made.physical_id
    account.cloud.client("s3").put_object(Bucket=bucket, Key="k")
    assert delete(account, stack).status == "DELETE_FAILED"
    assert "BucketNotEmpty" in failures(stack)[0]


def test_export_in_use_and_protected_stacks_are_not_deleted(account: Emulator) -> None:
    output = {"Value": {"Ref": "A"}, "Export": {"Name": "topic"}}
    exporting = create(account, "Exporting", {**of(A=TOPIC), "Outputs": {"O": output}})
    name = {"Fn::Select": ["5", {"Fn::Split": [":", {"Fn::ImportValue": "topic"}]}]}
    parameter = {"Type": "String", "Value": name}
    importing = create(
        account, "Importing", of(P={"Type": "AWS::SSM::Parameter", "Properties": parameter})
    )
    assert importing.status == "CREATE_COMPLETE", failures(importing)
    with pytest.raises(ClientError, match="in use by Importing"):
        delete(account, exporting)
    cloudformation = account.cloud.client("cloudformation")
    cloudformation.update_termination_protection(
        StackName="Importing", EnableTerminationProtection=True
    )
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        delete(account, importing)


def test_old_bootstrap_is_refused(account: Emulator, sample: Json) -> None:
    ssm = account.cloud.client("ssm")
    name = "/cdk-bootstrap/hnb659fds/version"
    ssm.put_parameter(Name=name, Value="5", Overwrite=True)
    with pytest.raises(ClientError, match="bootstrap stack version 6 required"):
        create(account, "HyperPodSample", sample)
    ssm.put_parameter(Name=name, Value="30", Overwrite=True)


def test_stack_exists(account: Emulator) -> None:
    create(account, "S", of(A=TOPIC))
    with pytest.raises(ClientError, match=r"Stack \[S\] already exists"):
        create(account, "S", of(B=TOPIC))
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        account.cloud.client("cloudformation").create_change_set(
            StackName="S",
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(of(B=TOPIC)),
        )


def test_stack_is_busy(account: Emulator) -> None:
    stack = create(account, "S", of(A=TOPIC))
    stack.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        update(account, "S", of(B=TOPIC))
    assert set(stack.resources) == {"A"}


def test_role_of_a_function_is_not_assumed(account: Emulator, sample: Json) -> None:
    upload = sample["Resources"][upload_of(sample)]
    function, _ = upload["Properties"]["ServiceToken"]["Fn::GetAtt"]
    role, _ = sample["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"]
    trust = sample["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"] = {"Service": "ec2.amazonaws.com"}
    stack = create(account, "HyperPodSample", sample)
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert "cannot be assumed by Lambda" in failures(stack)[0]


def test_failing_custom_resource(account: Emulator, sample: Json) -> None:
    upload = upload_of(sample)
    sample["Resources"][upload]["Properties"]["SourceObjectKeys"][0] = "nothing.zip"
    stack = create(account, "HyperPodSample", sample)
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert "Received response status [FAILED] from custom resource" in failures(stack)[0]


def test_updates_of_the_cluster(account: Emulator, sample: Json) -> None:
    stack = create(account, "HyperPodSample", sample)
    cluster = of_type(sample, CLUSTER)
    arn = stack.resources[cluster].made.physical_id

    fixed = copy.deepcopy(sample)
    fixed["Resources"][cluster]["Properties"]["InstanceGroups"][2]["InstanceType"] = "ml.g5.xlarge"
    assert update(account, "HyperPodSample", fixed).status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Updating fields InstanceType on an InstanceGroup not supported" in failures(stack)[-1]

    taken = copy.deepcopy(sample)
    groups = taken["Resources"][cluster]["Properties"]["VpcConfig"]["SecurityGroupIds"]
    groups.append({"Fn::GetAtt": ["NetworkVpc7FB7348F", "DefaultSecurityGroup"]})
    assert update(account, "HyperPodSample", taken).status == "UPDATE_ROLLBACK_COMPLETE"
    assert "when a custom-named resource requires replacing" in failures(stack)[-1]
    assert stack.resources[cluster].made.physical_id == arn

    renamed = json.loads(json.dumps(sample).replace("hyperpod-sample", "renamed"))
    assert update(account, "HyperPodSample", renamed).status == "UPDATE_COMPLETE", failures(stack)
    assert stack.resources[cluster].made.physical_id != arn
    (summary,) = account.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    assert summary["ClusterName"] == "renamed"
    assert delete(account, stack).status == "DELETE_COMPLETE"


def test_cluster_of_another_eks_cluster_is_new(account: Emulator, sample: Json) -> None:
    properties = sample["Resources"][of_type(sample, CLUSTER)]["Properties"]
    for name in ("a", "b"):
        account.cloud.client("eks").create_cluster(
            name=name,
            roleArn="arn:aws:iam::123456789012:role/eks",
            resourcesVpcConfig={"subnetIds": []},
        )
    for role in logical_ids(sample, "AWS::IAM::Role"):
        for policy in sample["Resources"][role]["Properties"].get("Policies", []):
            policy["PolicyDocument"]["Statement"].append(
                {"Effect": "Allow", "Action": "*", "Resource": "*"}
            )
    arn = f"arn:aws:eks:us-west-2:{account.cloud.account}:cluster"
    properties["Orchestrator"] = {"Eks": {"ClusterArn": f"{arn}/a"}}
    stack = create(account, "HyperPodSample", sample)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    properties["Orchestrator"] = {"Eks": {"ClusterArn": f"{arn}/b"}}
    assert update(account, "HyperPodSample", sample).status == "UPDATE_ROLLBACK_COMPLETE"
    assert "when a custom-named resource requires replacing" in failures(stack)[-1]


def test_change_sets(account: Emulator) -> None:
    cloudformation = account.cloud.client("cloudformation")
    create(account, "S", of(A=TOPIC))
    for number, template in enumerate((of(A=TOPIC), of(A=TOPIC, B=TOPIC))):
        cloudformation.create_change_set(
            StackName="S", ChangeSetName=f"c{number}", TemplateBody=json.dumps(template)
        )
    same, other = (
        cloudformation.describe_change_set(StackName="S", ChangeSetName=f"c{number}")
        for number in range(2)
    )
    assert same["Status"] == "FAILED"
    assert "didn't contain changes" in same["StatusReason"]
    assert [item["ResourceChange"]["Action"] for item in other["Changes"]] == ["Add"]
    cloudformation.execute_change_set(StackName="S", ChangeSetName="c1")
    time.sleep(0.05)
    assert set(settled(account, "S").resources) == {"A", "B"}
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_change_set(StackName="S", ChangeSetName="none")
    with pytest.raises(ClientError, match="does not know CreateStackSet"):
        cloudformation.create_stack_set(StackSetName="x")
    empty(account)
