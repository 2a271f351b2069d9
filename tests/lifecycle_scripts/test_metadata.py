"""Who reaches the credentials of a node's role."""

from .conftest import SCRIPTS, PretendNode

NAME = "hyperpod-metadata"


def test_rules_are_set_now_and_at_every_boot(node: PretendNode) -> None:
    for _ in range(2):
        result = node.run("protect_metadata.sh")

        assert (result.returncode, result.stdout) == (0, "")
        program = node.root / f"usr/local/lib/hyperpod_constructs/{NAME}.sh"
        assert program.read_text() == (SCRIPTS / "refuse_metadata.sh").read_text()
        assert program.stat().st_mode & 0o777 == 0o755
        unit = (node.root / f"etc/systemd/system/{NAME}.service").read_text()
        assert f"\nExecStart={program}\n" in unit
        assert node.calls("systemctl") == [
            "systemctl daemon-reload",
            f"systemctl enable {NAME}",
            f"systemctl restart {NAME}",
        ]


def test_node_without_iptables(node: PretendNode) -> None:
    node.lacks("iptables")

    result = node.run("protect_metadata.sh")

    assert (result.returncode, result.stdout) == (
        0,
        "iptables is missing, so users of this node reach the credentials of its role.\n",
    )


def test_users_and_containers_are_refused_once(node: PretendNode) -> None:
    for command in ("iptables", "ip6tables"):
        node.replace(
            command,
            f'echo "{command} $*" >> $NOTES/rules\n'
            f'if [[ $2 == --check ]]; then exec grep --quiet -- "--insert ${{*:3}}" $NOTES/{command}-set; fi\n'
            f'if [[ $2 == --insert ]]; then echo "$*" >> $NOTES/{command}-set; fi',
        )
        node.note(f"{command}-set", "")

    for _ in range(2):
        assert node.run("refuse_metadata.sh").returncode == 0

    rules = (node.notes / "rules").read_text().splitlines()
    user = "--match owner --uid-owner 1001-4294967294 --jump REJECT"
    assert [rule for rule in rules if " --insert " in rule] == [
        f"iptables --wait --insert OUTPUT --destination 169.254.169.254 {user}",
        "iptables --wait --insert FORWARD --destination 169.254.169.254 --jump REJECT",
        f"ip6tables --wait --insert OUTPUT --destination fd00:ec2::254 {user}",
        "ip6tables --wait --insert FORWARD --destination fd00:ec2::254 --jump REJECT",
    ]
