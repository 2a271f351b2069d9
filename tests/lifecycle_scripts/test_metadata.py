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
            f'if [[ $4 == --check ]]; then exec grep --quiet -- "$3 --insert ${{*:5}}" $NOTES/{command}-set; fi\n'
            f'if [[ $4 == --insert ]]; then echo "$*" >> $NOTES/{command}-set; fi',
        )
        node.note(f"{command}-set", "")

    for _ in range(2):
        assert node.run("refuse_metadata.sh").returncode == 0

    rules = (node.notes / "rules").read_text().splitlines()
    user = "--match owner --uid-owner 1001-4294967294 --jump REJECT"
    # Docker inserts rules before all others in FORWARD, and none in PREROUTING of this table.
    assert [rule for rule in rules if " --insert " in rule] == [
        f"{command} --wait --table {rule}"
        for command, address in (("iptables", "169.254.169.254"), ("ip6tables", "fd00:ec2::254"))
        for rule in (
            f"filter --insert OUTPUT --destination {address} {user}",
            f"mangle --insert PREROUTING --destination {address} --jump DROP",
        )
    ]
