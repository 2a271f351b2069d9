"""What tools nobody here wrote say of the templates: cfn-lint and botocore."""

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from botocore.validate import ParamValidator

from tests.cfn_lint import lint
from tests.clusters.stacks import make_sample
from tests.fuzz.second_opinions import create_cluster
from tests.synth import ROOT, template
from tests.thorough import thorough

CLUSTER = "AWS::SageMaker::Cluster"
TEMPLATES = [
    path
    for path in sorted((ROOT / "tests" / "snapshots").rglob("*.json"))
    if '"Resources": {' in path.read_text()
]
CLUSTERS = [path for path in TEMPLATES if CLUSTER in path.read_text()]

ACCEPTED = {
    "W3005": "DependsOn beside a reference, as CDK writes it for roles and security groups",
    "W3010": "the availability zone is where the capacity is",
}
LINTED = {
    *("test_sample_app-test_template", "test_eks_sample-test_template"),
    *("test_cluster-test_everything", "test_multi_head-test_multi_head"),
}
OTHER_REGIONS = {
    "test_task_governance-test_native": "us-east-1",
    "test_eks_sample-test_template": "us-east-1",
}
"""Snapshots of a Region in which CloudFormation creates what others lack."""


def regions_with_clusters() -> list[str]:
    from cfnlint.helpers import REGIONS
    from cfnlint.schema import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    def has_cluster(region: str) -> bool:
        try:
            PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, CLUSTER)
        except ResourceNotFoundError:
            return False
        return True

    return list(filter(has_cluster, REGIONS))


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def linted() -> list[ParameterSet]:
    """The snapshots. `make test` lints some of them."""
    return [
        pytest.param(path, marks=() if name(path) in LINTED else thorough) for path in TEMPLATES
    ]


def findings(text: str, *regions: str) -> list[tuple[str, str]]:
    matches = lint(text, *regions)
    return [(match.rule.id, match.message) for match in matches if match.rule.id not in ACCEPTED]


@pytest.mark.parametrize("path", linted(), ids=name)
def test_cfn_lint_accepts_the_snapshot(path: Path) -> None:
    assert findings(path.read_text(), OTHER_REGIONS.get(name(path), "us-west-2")) == []


def test_cfn_lint_would_say_something(tmp_path: Path) -> None:
    broken = template(make_sample(tmp_path))
    for resource in broken["Resources"].values():
        if resource["Type"] == CLUSTER:
            resource["Properties"]["NodeRecovery"] = "Sometimes"

    assert {rule for rule, _ in findings(json.dumps(broken), "us-west-2")} == {"E3030"}


@thorough
def test_cfn_lint_accepts_the_sample_in_every_region(tmp_path: Path) -> None:
    text = json.dumps(template(make_sample(tmp_path)))
    regions = regions_with_clusters()

    # A region may lack a type of instance, which its user replaces.
    found = [finding for finding in findings(text, *regions) if finding[0] != "E3644"]
    assert found == [], {region: findings(text, region) for region in regions}
    assert len(regions) > 20


@thorough
def test_cfn_lint_would_say_what_one_region_lacks(tmp_path: Path) -> None:
    sample = template(make_sample(tmp_path))
    properties = {"DomainId": "d-0123456789ab", "SpaceName": "space"}
    sample["Resources"]["Space"] = {"Type": "AWS::SageMaker::Space", "Properties": properties}

    assert findings(json.dumps(sample), "us-west-2") == []
    assert "E3006" in dict(findings(json.dumps(sample), "us-west-2", "ap-south-2"))


def request_of(path: Path) -> dict[str, Any]:
    """The properties of the cluster as a request: references become what they look like."""
    resources = json.loads(path.read_text())["Resources"]
    (cluster,) = (item for item in resources.values() if item["Type"] == CLUSTER)
    request: dict[str, Any] = literal({"ClusterName": "name", **cluster["Properties"]})
    return request


def literal(value: Any) -> Any:
    match value:
        case {"Fn::GetAtt": [_, "GroupId"]}:
            return "sg-0123456789abcdef0"
        case {"Fn::GetAtt": [resource, "Endpoint.Address"]}:
            return f"{resource.lower()}.us-west-2.rds.amazonaws.com"
        case {"Fn::GetAtt": [resource, "Arn"]}:
            return f"arn:aws:iam::111122223333:role/{resource}"
        case {"Ref": resource}:
            return f"{resource}-0123456789abcdef0"
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(literal, parts))
        case dict():
            return {key: literal(item) for key, item in value.items()}
        case list():
            return [literal(item) for item in value]
        case _:
            return value


@pytest.mark.parametrize("path", CLUSTERS, ids=name)
def test_botocore_accepts_the_request(path: Path) -> None:
    report = ParamValidator().validate(request_of(path), create_cluster())

    assert report.generate_report() == ""


def test_botocore_would_say_something() -> None:
    request = request_of(CLUSTERS[0])
    request["InstanceGroups"][0]["InstanceCount"] = "four"
    request["Bogus"] = 1

    report = ParamValidator().validate(request, create_cluster()).generate_report()

    assert "InstanceGroups[0].InstanceCount" in report
    assert "Bogus" in report
