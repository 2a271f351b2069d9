"""The rules on templates, as a plugin of CDK."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import cloudformation_include

import hyperpod_constructs as hp
from hyperpod_constructs.__main__ import main
from tests.clusters.stacks import CONTROLLER, WORKER, make_cluster, make_sample
from tests.clusters.templates import resource_below
from tests.synth import CONTEXT, make_stack

Cfn = sagemaker.CfnCluster


def group(
    name: str, *, count: float = 1, instance_type: str = "ml.m5.xlarge", **more: Any
) -> sagemaker.CfnCluster.ClusterInstanceGroupProperty:
    return Cfn.ClusterInstanceGroupProperty(
        instance_group_name=name,
        instance_count=count,
        instance_type=instance_type,
        execution_role="arn:aws:iam::111122223333:role/hyperpod-nodes",
        life_cycle_config=Cfn.ClusterLifeCycleConfigProperty(
            source_s3_uri="s3://sagemaker-scripts/src", on_create="on_create.sh"
        ),
        **more,
    )


def report(app: cdk.App) -> list[dict[str, Any]]:
    """What the plugin says of the app."""
    cdk.Validations.of(app).add_plugins(hp.HyperPodChecks())
    with contextlib.suppress(RuntimeError):
        app.synth()
    file = Path(app.outdir, "validation-report.json")
    reports = json.loads(file.read_text())["pluginReports"] if file.is_file() else []
    return [each for each in reports if each["pluginName"] == "hyperpod-constructs"]


def violations(app: cdk.App) -> list[tuple[str, str, str, str]]:
    """Severity, rule, construct and text of what the plugin says."""
    return [
        (
            violation["severity"],
            violation["ruleName"],
            violation["violatingConstructs"][0]["constructPath"],
            violation["description"],
        )
        for each in report(app)
        for violation in each["violations"]
    ]


def test_judges_a_cluster_written_by_hand(app: cdk.App, stack: cdk.Stack) -> None:
    Cfn(stack, "Cluster", instance_groups=[group("a", instance_type="m5.xlarge"), group("a")])

    (found,) = report(app)

    assert found["conclusion"] == "failure"
    wrong_type, twice = found["violations"]
    assert wrong_type["ruleName"] == "InstanceType"
    assert wrong_type["description"] == (
        "InstanceGroups[0].InstanceType: 'm5.xlarge' is not a SageMaker instance type, which must "
        "start with 'ml.'"
    )
    assert wrong_type["suggestedFix"] == "use 'ml.m5.xlarge'"
    assert wrong_type["severity"] == "error"
    (construct,) = wrong_type["violatingConstructs"]
    assert construct["constructPath"] == "Stack/Cluster"
    assert construct["cloudFormationResource"] == {
        "templatePath": "Stack.template.json",
        "logicalId": "Cluster",
        "propertyPaths": ["Properties.InstanceGroups[0].InstanceType"],
    }
    assert twice["ruleName"] == "DuplicateInstanceGroupName"


def test_errors_fail_the_synthesis(app: cdk.App, stack: cdk.Stack) -> None:
    Cfn(stack, "Cluster", instance_groups=[group("a"), group("a")])
    cdk.Validations.of(app).add_plugins(hp.HyperPodChecks())

    with pytest.raises(RuntimeError, match="'a' is already the name of instance_groups"):
        app.synth()


def test_warnings_are_reported_and_do_not_fail(app: cdk.App, stack: cdk.Stack) -> None:
    storage = Cfn.ClusterInstanceStorageConfigProperty(
        ebs_volume_config=Cfn.ClusterEbsVolumeConfigProperty(volume_size_in_gb=2000)
    )
    Cfn(stack, "Cluster", instance_groups=[group("a", instance_storage_configs=[storage])])

    (found,) = report(app)

    assert found["conclusion"] == "success"
    assert [(each["severity"], each["ruleName"]) for each in found["violations"]] == [
        ("warning", "EbsVolumeQuota")
    ]
    assert found["violations"][0]["violatingConstructs"][0]["cloudFormationResource"][
        "propertyPaths"
    ] == ["Properties.InstanceGroups[0].InstanceStorageConfigs[0].EbsVolumeConfig.VolumeSizeInGB"]


def test_says_nothing_of_what_only_the_deployment_knows(app: cdk.App, stack: cdk.Stack) -> None:
    count = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    large = cdk.CfnCondition(stack, "Large", expression=cdk.Fn.condition_equals(count, 8))
    cluster = Cfn(
        stack,
        "Cluster",
        cluster_name=cdk.Fn.sub("${AWS::StackName}-training"),
        instance_groups=[
            group(cdk.Fn.import_value("Name"), count=count),
            group(
                cdk.Fn.import_value("Other"),
                instance_type=str(
                    cdk.Token.as_string(cdk.Fn.condition_if("Large", "ml.m5.large", "m5.large"))
                ),
            ),
        ],
    )
    cluster.add_property_override("InstanceGroups.2", {"Ref": "AWS::NoValue"})
    large.node.add_dependency(cluster)

    assert violations(app) == []


def test_judges_nested_stacks_and_stages(app: cdk.App, stack: cdk.Stack) -> None:
    Cfn(cdk.NestedStack(stack, "Nested"), "Inner", instance_groups=[group("a"), group("a")])
    stage = cdk.Stage(app, "Prod")
    Cfn(make_stack(stage, "Stack"), "Staged", instance_groups=[group("b", instance_type="m5.x")])

    assert [each[1:3] for each in violations(app)] == [
        ("DuplicateInstanceGroupName", "Stack/Nested/Inner"),
        ("InstanceType", "Prod/Stack/Staged"),
    ]


def test_judges_a_template_that_is_included(app: cdk.App, stack: cdk.Stack, tmp_path: Path) -> None:
    template = tmp_path / "cluster.json"
    properties = {
        "InstanceGroups": [
            {
                "InstanceGroupName": {"Fn::If": ["Big", "a", "b"]},
                "InstanceType": "p5.48xlarge",
                "InstanceCount": 1,
                "ExecutionRole": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/nodes"},
                "LifeCycleConfig": {
                    "SourceS3Uri": {"Fn::Sub": "s3://sagemaker-${AWS::Region}/src"},
                    "OnCreate": "on_create.sh",
                },
            }
        ]
    }
    template.write_text(
        json.dumps(
            {
                "Conditions": {"Big": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]}},
                "Resources": {
                    "Cluster": {"Type": "AWS::SageMaker::Cluster", "Properties": properties}
                },
            }
        )
    )
    cloudformation_include.CfnInclude(stack, "Included", template_file=str(template))

    assert [each[1] for each in violations(app)] == ["InstanceType"]


def test_judges_what_the_cluster_depends_on(app: cdk.App, stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    with_role = Cfn.ClusterInstanceGroupProperty(
        instance_group_name="a",
        instance_count=1,
        instance_type="ml.m5.xlarge",
        execution_role=role.role_arn,
        life_cycle_config=group("a").life_cycle_config,
    )
    Cfn(stack, "Cluster", instance_groups=[with_role])

    assert [each[:3] for each in violations(app)] == [
        ("error", "ExecutionRoleTrust", "Stack/Role/Resource")
    ]


def test_says_nothing_of_the_sample_app(tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    app = sample.node.root
    assert isinstance(app, cdk.App)

    assert violations(app) == []


def test_a_warning_of_the_construct_is_not_said_twice(app: cdk.App, stack: cdk.Stack) -> None:
    large = hp.EbsVolume(size=cdk.Size.gibibytes(2000))
    workers = replace(WORKER, partition="dev", volumes=[large])
    make_cluster(stack, instance_groups=[CONTROLLER, workers])

    assert violations(app) == []


@pytest.mark.parametrize("by_id", [True, False])
def test_an_acknowledged_warning_of_the_construct_is_not_said_again(
    app: cdk.App, stack: cdk.Stack, *, by_id: bool
) -> None:
    large = hp.EbsVolume(size=cdk.Size.gibibytes(2000))
    cluster = make_cluster(stack, instance_groups=[CONTROLLER, replace(WORKER, volumes=[large])])
    rule = "hyperpod-constructs:EbsVolumeQuota"
    if by_id:
        known = cdk.Acknowledgment(id=f"Annotation::{rule}", reason="4096 GB")
        cdk.Validations.of(cluster).acknowledge(known)
    else:
        cdk.Annotations.of(cluster).acknowledge_warning(rule, "4096 GB")

    assert violations(app) == []
    # CDK writes acknowledgements to the assembly, but not those of acknowledge_warning.
    assert main(["check", "--strict", app.outdir]) == int(not by_id)
    assert "exceeds the default quota" not in Path(app.outdir, "manifest.json").read_text()


def test_a_warning_that_the_construct_does_not_know_is_said(app: cdk.App, stack: cdk.Stack) -> None:
    large = hp.EbsVolume(size=cdk.Size.gibibytes(2000))
    cluster = make_cluster(stack, instance_groups=[CONTROLLER, replace(WORKER, volumes=[large])])
    resource_below(cluster).add_property_override(
        "InstanceGroups.0.InstanceStorageConfigs.0.EbsVolumeConfig.VolumeSizeInGB", 3000
    )

    assert [each[:2] for each in violations(app)] == [("warning", "EbsVolumeQuota")]


def test_the_uploaded_form_is_judged_with_the_cluster(app: cdk.App, stack: cdk.Stack) -> None:
    resource_below(make_cluster(stack)).add_property_override(
        "InstanceGroups.1.InstanceGroupName", "gpus"
    )

    assert [(rule, construct) for _, rule, construct, _ in violations(app)] == [
        ("FormGroupMissing", "Stack/Cluster/Resource"),
        ("FormGroupUnknown", "Stack/Cluster/Resource"),
    ]


def test_a_finding_can_be_acknowledged(app: cdk.App, stack: cdk.Stack) -> None:
    cluster = Cfn(stack, "Cluster", instance_groups=[group("a"), group("a")])
    cdk.Validations.of(cluster).acknowledge(
        cdk.Acknowledgment(
            id="hyperpod-constructs::DuplicateInstanceGroupName", reason="to see it fail"
        )
    )

    assert violations(app) == []


@pytest.mark.parametrize("on_stack", [True, False])
def test_the_command_knows_what_is_acknowledged(
    app: cdk.App, stack: cdk.Stack, capsys: pytest.CaptureFixture[str], *, on_stack: bool
) -> None:
    groups = [group("a"), group("a")]
    known = Cfn(stack, "Cluster", instance_groups=groups)
    Cfn(stack, "Clusters", instance_groups=groups)
    cdk.Validations.of(stack if on_stack else known).acknowledge(
        cdk.Acknowledgment(
            id="hyperpod-constructs::DuplicateInstanceGroupName", reason="to see it fail"
        )
    )
    app.synth()

    assert main(["check", app.outdir]) == (0 if on_stack else 1)
    told = [line for line in capsys.readouterr().out.splitlines() if "Duplicate" in line]
    assert [".Clusters." in line for line in told] == ([] if on_stack else [True])


def test_judges_what_is_no_list_of_groups(app: cdk.App, stack: cdk.Stack) -> None:
    raw = cdk.CfnResource(
        stack, "Cluster", type="AWS::SageMaker::Cluster", properties={"InstanceGroups": "many"}
    )

    (found,) = violations(app)

    assert found[2] == raw.node.path
    assert found[3].startswith("InstanceGroups: 'many' ")


def test_an_app_without_clusters_has_nothing_to_report() -> None:
    app = cdk.App(context=CONTEXT)
    cdk.CfnWaitConditionHandle(make_stack(app, "Stack"), "Handle")

    assert report(app) == []
