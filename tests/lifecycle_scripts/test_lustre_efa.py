"""EFA of Lustre: where both sides support it, and which of them does not elsewhere."""

import json
from pathlib import Path

import pytest

from .conftest import FORM, LUSTRE, PretendNode
from .every_step import CONTROLLERS, steps_of

LNETCTL = Path(__file__).parents[1] / "nodes/image/usr/sbin/lnetctl"
UNIT = "etc/systemd/system/hyperpod-lustre-efa.service"
PROGRAM = "usr/local/lib/hyperpod_constructs/efa_network.sh"
DNS = "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com"
P5 = "ml.p5.48xlarge"
SYSTEM = {"FileSystems": [{"SubnetIds": ["subnet-a"], "LustreConfiguration": {"EfaEnabled": True}}]}
SUBNETS = {
    "Subnets": [
        {"SubnetId": name, "VpcId": vpc, "AvailabilityZone": zone, "CidrBlock": block}
        for name, vpc, zone, block in (
            ("subnet-a", "vpc-1", "us-west-2a", "10.1.0.0/24"),
            ("subnet-b", "vpc-1", "us-west-2a", "10.1.1.0/24"),
            ("subnet-c", "vpc-1", "us-west-2b", "10.1.2.0/24"),
            ("subnet-d", "vpc-2", "us-west-2a", "10.2.0.0/24"),
        )
    ]
}
DENIED = (
    "An error occurred (AccessDeniedException) when calling the DescribeFileSystems operation: "
    "User is not authorized to perform: fsx:DescribeFileSystems"
)


@pytest.fixture
def node(node: PretendNode, monkeypatch: pytest.MonkeyPatch) -> PretendNode:
    """A node with 32 devices, whose file system has EFA."""
    for number in range(32):
        add_device(node, f"rdmap{number + 10}s0")
    add_device(node, "mlx5_0", "mlx5_core")
    answer(node, SYSTEM, SUBNETS)
    node.replace("ip", 'echo "2: ens5    inet ${*: -1}/24 brd 10.1.0.255 scope global ens5"')
    (node.commands / "lnetctl").symlink_to(LNETCTL)
    monkeypatch.setattr(
        node,
        "environment",
        lambda environment=node.environment: {
            **environment(),
            "LNET_STATE": str(node.notes / "lnet"),
            "LNET_DEVICES": str(node.root / "sys/class/infiniband"),
        },
    )
    return node


def add_device(node: PretendNode, name: str, driver: str = "efa") -> None:
    device = node.file(f"/sys/class/infiniband/{name}/device/x").parent
    (device / "driver").symlink_to(node.file(f"/sys/bus/pci/drivers/{driver}/x").parent)


def answer(node: PretendNode, *responses: object) -> None:
    for service, response in zip(("fsx", "ec2"), responses, strict=True):
        node.note(service, json.dumps(response))
    node.replace("aws", 'echo "aws $*" >> "$NOTES/calls"; cat "$NOTES/$1"')


def configure(node: PretendNode, *instance_type: str, address: str = "10.1.0.21") -> str:
    """The last line of the step, which never fails."""
    done = node.run("configure_lustre_efa.py", DNS, address, *instance_type)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()[-1]


def networks(node: PretendNode) -> dict[str, list[str]]:
    """The interfaces of each network."""
    return {
        folder.name: sorted(path.name for path in folder.iterdir())
        for folder in sorted((node.notes / "lnet").glob("*/"))
    }


@pytest.mark.parametrize("address", ["10.1.0.21", "10.1.1.7"])
def test_both_sides(node: PretendNode, address: str) -> None:
    chosen = [f"rdmap{number}s0" for number in range(10, 42, 4)]
    for _ in range(2):
        assert configure(node, P5, address=address) == f"Lustre uses EFA: {' '.join(chosen)}."
        assert networks(node) == {"efa": chosen, "tcp": ["ens5"]}
    assert (node.notes / "lnet/efa/rdmap10s0").read_text() == "--peer-credits 32\n"
    assert (node.notes / "lnet/udsp").read_text() == "efa\n"
    calls = node.calls("modprobe", "systemctl", "aws")
    assert "modprobe kefalnd ipif_name=ens5" in calls
    assert "systemctl --quiet enable hyperpod-lustre-efa" in calls
    asked = (
        "aws fsx describe-file-systems --file-system-ids fs-0123456789abcdef0 --region us-west-2"
    )
    assert any(call.startswith(asked) for call in calls)

    unit = (node.root / UNIT).read_text().splitlines()
    assert f"ExecStart=/{PROGRAM} {address} {' '.join(chosen)}" in unit
    assert "Before=remote-fs-pre.target" in unit
    assert (node.root / PROGRAM).stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("devices", "instance_type", "chosen"),
    [
        (1, "ml.g6.8xlarge", ["rdmap10s0"]),
        (1, "ml.p5.4xlarge", ["rdmap10s0"]),
        (16, "ml.p5en.48xlarge", [f"rdmap{number}s0" for number in range(10, 26, 2)]),
        (16, "ml.trn1n.32xlarge", ["rdmap10s0", "rdmap18s0"]),
        (3, "", ["rdmap10s0", "rdmap11s0"]),
    ],
)
def test_number_of_devices(
    node: PretendNode, devices: int, instance_type: str, chosen: list[str]
) -> None:
    for path in (node.root / "sys/class/infiniband").glob("rdmap*"):
        if int(path.name[5:-2]) >= 10 + devices:
            path.rename(node.notes / path.name)
    assert (
        configure(node, *filter(None, [instance_type])) == f"Lustre uses EFA: {' '.join(chosen)}."
    )


def without_efa(node: PretendNode) -> str:
    (node.root / "sys/class/infiniband").rename(node.notes / "devices")
    return configure(node, P5)


def of_an_earlier_generation(node: PretendNode) -> str:
    return configure(node, "ml.p4d.24xlarge")


def without_the_module(node: PretendNode) -> str:
    node.replace("modprobe", "echo modprobe: FATAL: Module kefalnd not found >&2; exit 1")
    return configure(node, P5)


def with_another_name(node: PretendNode) -> str:
    return node.run("configure_lustre_efa.py", "fsx.example.com", "10.1.0.21").stdout.strip()


def with_a_file_system_without_efa(node: PretendNode) -> str:
    (system,) = SYSTEM["FileSystems"]
    answer(node, {"FileSystems": [{**system, "LustreConfiguration": {}}]}, SUBNETS)
    return configure(node, P5)


def in_another_zone(node: PretendNode) -> str:
    return configure(node, P5, address="10.1.2.9")


def in_another_network(node: PretendNode) -> str:
    return configure(node, P5, address="10.2.0.9")


def without_permission(node: PretendNode) -> str:
    node.replace("aws", f"echo '{DENIED}' >&2; exit 254")
    return configure(node, P5)


def with_an_answer_of_a_proxy(node: PretendNode) -> str:
    node.replace("aws", "echo '<html>'")
    return configure(node, P5)


def with_subnets_without_a_zone(node: PretendNode) -> str:
    subnets = [{"SubnetId": each["SubnetId"]} for each in SUBNETS["Subnets"]]
    answer(node, SYSTEM, {"Subnets": subnets})
    return configure(node, P5)


def without_an_answer(node: PretendNode) -> str:
    node.replace("aws", "echo Could not connect to the endpoint >&2; exit 255")
    done = node.run("configure_lustre_efa.py", DNS, "10.1.0.21", HYPERPOD_WAIT_SECONDS="0")
    assert done.returncode == 0
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (without_efa, "this node has no EFA interface."),
        (of_an_earlier_generation, "FSx for Lustre does not support the EFA of ml.p4d.24xlarge."),
        (without_the_module, "the Lustre client of this node has no module kefalnd."),
        (with_another_name, "fsx.example.com has no ID of a file system, so its EFA is unknown."),
        (with_a_file_system_without_efa, "the file system fs-0123456789abcdef0 has no EFA."),
        (in_another_zone, "is not in the Availability Zone of this node."),
        (in_another_network, "is not in the Availability Zone of this node."),
        (without_permission, "not authorized to perform: fsx:DescribeFileSystems."),
        (
            with_an_answer_of_a_proxy,
            "(JSONDecodeError('Expecting value: line 1 column 1 (char 0)')).",
        ),
        (with_subnets_without_a_zone, "in an unexpected way (KeyError('VpcId'))."),
        (without_an_answer, "Could not connect to the endpoint (tried for 0 s)."),
    ],
)
def test_left_out(node: PretendNode, left_out: object, reason: str) -> None:
    assert callable(left_out)
    line = left_out(node)
    assert line.startswith("Lustre uses TCP: ")
    assert line.endswith(reason)
    assert networks(node) == {}
    assert not (node.root / UNIT).exists()


def test_a_device_that_is_refused(node: PretendNode) -> None:
    """Half of the devices would be slower than TCP, and say so nowhere."""
    (node.commands / "lnetctl").unlink()
    node.replace(
        "lnetctl", f'[[ "$*" != *rdmap18s0* ]] || {{ echo no >&2; exit 1; }}; exec {LNETCTL} "$@"'
    )
    line = configure(node, P5)
    assert line.startswith("Lustre uses TCP: ")
    assert line.endswith("ended with status 1: no.")
    assert networks(node) == {"tcp": ["ens5"]}
    assert not (node.root / UNIT).exists()


def test_before_the_mount(tmp_path: Path) -> None:
    for node_type in ("controller", "worker"):
        found = steps_of(tmp_path, node_type, {**FORM, **LUSTRE}, {"lustre_efa": True})
        assert found[:2] == [
            ["configure_lustre_efa.py", LUSTRE["fsx_dns_name"], CONTROLLERS[0]],
            ["mount_lustre.sh", LUSTRE["fsx_dns_name"], LUSTRE["fsx_mountname"]],
        ]
        names = [step[0] for step in steps_of(tmp_path, node_type, FORM, {"lustre_efa": True})]
        assert "configure_lustre_efa.py" not in names
