"""Apps of the first release, deployed as it wrote them, then updated to the templates of today."""

import hashlib
import json
import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.aws.cloudformation.order import Order
from tests.aws.emulator import Emulator
from tests.thorough import WITH_CLI_IF_THOROUGH
from tests.upgrade.apps import APPS
from tests.upgrade.recorded_templates import recorded

from .tools import Cli, synthesize

pytestmark = WITH_CLI_IF_THOROUGH
LUCKY = Order(hasty_types=("AWS::EC2::SecurityGroupIngress",))
"""Those releases did not have file systems wait for the rules among their security groups."""
MAY_MOVE = ("AWS::EC2::SecurityGroupIngress",)


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(app: cdk.App) -> None:
        for name, make in APPS.items():
            make(cdk.Stack(app, name.replace("_", "-")))

    return synthesize(tmp_path_factory.mktemp("today") / "cdk.out", fill)


@pytest.fixture(scope="module")
def before(today: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of today with the recorded templates."""
    folder = tmp_path_factory.mktemp("before") / "cdk.out"
    shutil.copytree(today, folder)
    for name in APPS:
        stack = name.replace("_", "-")
        path = folder / f"{stack}.template.json"
        text = json.dumps(recorded(name, json.loads(path.read_text())))
        path.write_text(text)
        assets = folder / f"{stack}.assets.json"
        (digest,) = [
            digest
            for digest, file in json.loads(assets.read_text())["files"].items()
            if file["source"]["path"] == path.name
        ]
        for file in (assets, folder / "manifest.json"):
            new = hashlib.sha256(text.encode()).hexdigest()
            file.write_text(file.read_text().replace(digest, new))
    return folder


@pytest.fixture(scope="module", autouse=True)
def control_plane(cloud: Emulator) -> None:
    cloud.cloud.client("eks").create_cluster(
        name="control-plane",
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": []},
    )


def physical_ids(cloud: Emulator) -> dict[tuple[str, str], str]:
    """What exists, by stack and logical id; rules of security groups may be renamed once."""
    return {
        (stack.name, name): resource.made.physical_id
        for stack in cloud.cloudformation.stacks
        for name, resource in stack.resources.items()
        if resource.kind not in MAY_MOVE and not resource.kind.startswith("Custom::")
    }


def test_nothing_is_replaced(cli: Cli, cloud: Emulator, before: Path, today: Path) -> None:
    cloud.cloudformation.order = LUCKY
    cli.deploy_all(before)
    cloud.cloudformation.order = Order()
    old = physical_ids(cloud)

    cli.deploy_all(today)

    new = physical_ids(cloud)
    assert len(old) > 100
    assert {name: new.get(name) for name in old} == old


def test_all_go(cli: Cli, today: Path) -> None:
    cli.destroy_all(today)
