"""What clusters and changes cost, in files and in an account."""

import json
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main

from .server import PriceServer

Capture = pytest.CaptureFixture[str]
ROLE = "arn:aws:iam::123456789012:role/nodes"
PLAN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/january"
VOLUMES_600 = 600 * 0.14


def group(name: str, count: Any, type_: str = "ml.g5.8xlarge", **more: Any) -> dict[str, Any]:
    return {
        "InstanceGroupName": name,
        "InstanceType": type_,
        "InstanceCount": count,
        "ExecutionRole": ROLE,
        "ThreadsPerCore": 1,
        "InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}],
        **more,
    }


def write(name: str, *groups: dict[str, Any], **more: Any) -> str:
    request = {"ClusterName": "training", "InstanceGroups": groups, **more}
    Path(name).write_text(json.dumps(request))
    return name


def template(name: str, *groups: dict[str, Any], **resources: Any) -> str:
    cluster = {"Type": "AWS::SageMaker::Cluster", "Properties": {"InstanceGroups": groups}}
    Path(name).write_text(json.dumps({"Resources": {"C": cluster, **resources}}))
    return name


def cost(server: PriceServer, capsys: Capture, *arguments: str, status: int = 0) -> Any:
    shown = ["cost", *arguments, "--region", "us-west-2", "--url", server.url, "--json"]
    assert main(shown) == status, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def lines(answer: Any) -> dict[tuple[str, str], Any]:
    return {
        (line["InstanceGroupName"], line["Part"]): line for line in answer["Clusters"][0]["Lines"]
    }


def test_nodes_and_volumes_are_counted_by_hour_and_month(
    server: PriceServer, capsys: Capture
) -> None:
    answer = cost(server, capsys, write("c.json", group("gpu", 4), group("cpu", 0)))
    found = lines(answer)

    nodes = found["gpu", "ml.g5.8xlarge"]
    assert nodes["PerHour"] == {"Least": 12.24, "Most": 12.24}
    assert nodes["PerMonth"] == {"Least": 8935.2, "Most": 8935.2}
    assert found["gpu", "volumes, 600 GB"]["PerMonth"]["Most"] == pytest.approx(4 * VOLUMES_600)
    assert found["cpu", "ml.g5.8xlarge"]["PerHour"]["Most"] == 0
    assert answer["Clusters"][0]["PerMonth"]["Most"] == pytest.approx(8935.2 + 4 * VOLUMES_600)
    assert answer["Clusters"][0]["IsComplete"] is True


def test_plans_are_paid_upfront_and_spot_has_no_price(server: PriceServer, capsys: Capture) -> None:
    plan = group("plan", 2, "ml.p5.48xlarge", TrainingPlanArn=PLAN)
    spot = group("spot", 2, CapacityRequirements={"Spot": {}})
    answer = cost(server, capsys, write("c.json", plan, spot))
    found = lines(answer)

    assert found["plan", "ml.p5.48xlarge"]["PerHour"] == {"Least": 0, "Most": 0}
    assert found["plan", "ml.p5.48xlarge"]["Price"] == "training plan: paid upfront"
    assert found["plan", "volumes, 600 GB"]["PerMonth"]["Most"] == pytest.approx(2 * VOLUMES_600)
    assert found["spot", "ml.g5.8xlarge"]["PerHour"] is None
    assert found["spot", "ml.g5.8xlarge"]["Price"] == "Spot: no list price"
    assert answer["Clusters"][0]["IsComplete"] is False


def test_an_unknown_price_or_number_is_not_part_of_the_total(
    server: PriceServer, capsys: Capture
) -> None:
    file = template("t.json", group("p5e", 1, "ml.p5e.48xlarge"), group("n", {"Ref": "Number"}))
    found = lines(cost(server, capsys, file))

    assert found["p5e", "ml.p5e.48xlarge"]["PerHour"] is None
    assert found["n", "ml.g5.8xlarge"]["Nodes"] is None
    assert found["n", "ml.g5.8xlarge"]["PerHour"] is None
    assert found["n", "volumes, 600 GB"]["PerMonth"] is None

    assert main(["cost", file, "--region", "us-west-2", "--url", server.url]) == 0
    out = capsys.readouterr().out
    assert "Unknown, and not in the total: p5e: ml.p5e.48xlarge (on demand: no price in" in out


@pytest.mark.parametrize("groups", [[], "none", {"Fn::If": ["Large", [], []]}])
def test_groups_that_are_not_known_cost_no_0(
    server: PriceServer, capsys: Capture, groups: Any
) -> None:
    Path("c.json").write_text(json.dumps({"ClusterName": "training", "InstanceGroups": groups}))

    assert main(["cost", "c.json", "--region", "us-west-2", "--url", server.url]) == 2
    assert "c.json: has no known instance group; check reports" in capsys.readouterr().err


def test_a_negative_number_of_nodes_is_unknown(server: PriceServer, capsys: Capture) -> None:
    found = lines(cost(server, capsys, write("c.json", group("gpu", -4))))

    assert found["gpu", "ml.g5.8xlarge"]["PerHour"] is None


def test_continuous_groups_cost_from_the_minimum_to_the_target(
    server: PriceServer, capsys: Capture
) -> None:
    file = write("c.json", group("gpu", 4, MinInstanceCount=1), NodeProvisioningMode="Continuous")
    found = lines(cost(server, capsys, file))["gpu", "ml.g5.8xlarge"]

    assert found["Nodes"] == {"Least": 1, "Most": 4}
    assert found["PerHour"] == {"Least": 3.06, "Most": 12.24}

    assert main(["cost", file, "--region", "us-west-2", "--url", server.url]) == 0
    assert "1 to 4  3.06 to 12.24" in capsys.readouterr().out


def test_several_types_cost_from_the_cheapest_to_the_dearest(
    server: PriceServer, capsys: Capture
) -> None:
    several = group("gpu", 2)
    del several["InstanceType"]
    several["InstanceRequirements"] = {"InstanceTypes": ["ml.p5.48xlarge", "ml.p4d.24xlarge"]}
    file = write("c.json", several, NodeProvisioningMode="Continuous")
    found = lines(cost(server, capsys, file))["gpu", "ml.p5.48xlarge, ml.p4d.24xlarge"]

    assert found["PerHour"] == {"Least": 51.82, "Most": 132.096}

    several["InstanceRequirements"]["InstanceTypes"].append("ml.p5e.48xlarge")
    file = write("c.json", several, NodeProvisioningMode="Continuous")
    (line, _) = cost(server, capsys, file)["Clusters"][0]["Lines"]
    assert line["PerHour"] is None


def test_what_is_not_counted_is_said(server: PriceServer, capsys: Capture) -> None:
    endpoint = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface"}}
    file = template(
        "t.json",
        group("gpu", 1),
        Nat={"Type": "AWS::EC2::NatGateway", "Properties": {}},
        S3={"Type": "AWS::EC2::VPCEndpoint", "Properties": {}},
        Ssm=endpoint,
        Logs=endpoint,
        Scratch={"Type": "AWS::FSx::FileSystem", "Properties": {}},
    )

    assert cost(server, capsys, file)["NotCounted"] == [
        "1 FSx file system",
        "1 NAT gateway",
        "2 interface endpoints",
        "data transfer, Amazon S3, CloudWatch, taxes, and discounts such as Savings Plans",
    ]


def test_prices_of_the_user_count_other_resources(server: PriceServer, capsys: Capture) -> None:
    file = template(
        "t.json",
        group("gpu", 1),
        Nat={"Type": "AWS::EC2::NatGateway", "Properties": {}},
        Scratch={"Type": "AWS::FSx::FileSystem", "Properties": {"StorageCapacity": 1200}},
        Later={"Type": "AWS::FSx::FileSystem", "Properties": {"StorageCapacity": {"Ref": "A"}}},
    )
    rates = ("--rate", "AWS::EC2::NatGateway=0.045", "--rate", "AWS::FSx::FileSystem=0.145")

    answer = cost(server, capsys, file, *rates)

    found = lines(answer)
    assert found["Nat", "NAT gateway"]["PerHour"]["Most"] == 0.045
    assert found["Scratch", "FSx file system"]["PerMonth"]["Most"] == pytest.approx(174)
    assert found["Later", "FSx file system"]["PerHour"] is None
    assert len(answer["NotCounted"]) == 1


@pytest.mark.parametrize("rate", ["AWS::S3::Bucket=1", "AWS::EC2::NatGateway=-1", "NAT"])
def test_prices_of_other_types_are_refused(rate: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["cost", "t.json", "--rate", rate])
    assert f"'{rate}' must be TYPE=USD, such as AWS::EC2::NatGateway=0.045" in (
        capsys.readouterr().err
    )


def test_the_cost_of_a_change_names_what_changes(server: PriceServer, capsys: Capture) -> None:
    before = write("before.json", group("gpu", 2), group("cpu", 1, "ml.c5.4xlarge"))
    after = write("after.json", group("gpu", 4), group("cpu", 1, "ml.c5.4xlarge"))

    change = cost(server, capsys, before, after)["ChangePerMonth"]["Most"]
    assert change == pytest.approx(2 * 3.06 * 730 + 2 * VOLUMES_600)

    assert main(["cost", before, after, "--region", "us-west-2", "--url", server.url]) == 0
    out = capsys.readouterr().out
    assert "cpu" not in out
    rows = [line.split() for line in out.splitlines() if line.startswith("gpu")]
    assert rows[0][-3:] == ["4,467.60", "8,935.20", "+4,467.60"]


def test_an_unknown_amount_of_a_change_stays_unknown(server: PriceServer, capsys: Capture) -> None:
    before, after = write("a.json", group("g", 2)), template("b.json", group("g", {"Ref": "N"}))

    assert main(["cost", before, after, "--region", "us-west-2", "--url", server.url]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "ml.g5" in line)
    assert row.split()[-3:] == ["4,467.60", "unknown", "unknown"]


def test_the_region_of_an_app_is_read(server: PriceServer, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    template("cdk.out/Training.template.json", group("gpu", 1))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {"templateFile": "Training.template.json"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Training": stack}}))

    assert main(["cost", "cdk.out", "--url", server.url]) == 0
    assert server.requests == ["/eu-west-1/index.json"]
    assert "ml.g5.8xlarge (on demand: no price in the file)" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a", "b", "c"], ["a", "b", "--cluster", "c"]])
def test_wrong_files_are_refused(arguments: list[str], capsys: Capture) -> None:
    assert main(["cost", *arguments]) == 2
    assert "specify FILE, two files, or --cluster" in capsys.readouterr().err
