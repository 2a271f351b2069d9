import socket

import pytest

from .conftest import DROP_IN, NEVER, OPTIONS, PretendNode

NAMELESS = "fatal: Unable to determine this slurmd's NodeName"
STARTS = [
    *("systemctl enable slurmd", "systemctl restart slurmd", "scontrol show slurmd"),
    "systemctl start --no-block hyperpod-slurmd-registration",
]
PROGRAMS = ("systemctl", "scontrol")


def test_slurmd_is_told_its_controllers(node: PretendNode) -> None:
    assert node.run("start_slurmd.sh", "10.1.0.11", "10.1.0.12").returncode == 0

    assert (node.root / OPTIONS).read_text() == (
        'SLURMD_OPTIONS="--conf-server 10.1.0.11,10.1.0.12"\n'
    )
    # The file of the image may set the variable, too, and comes before.
    assert f"\nEnvironmentFile=/{OPTIONS}\n" in (node.root / DROP_IN).read_text()
    assert node.calls(*PROGRAMS) == STARTS


def test_second_run_changes_nothing(node: PretendNode) -> None:
    node.run("start_slurmd.sh", "10.1.0.11")
    first = node.tree()
    node.calls()

    assert node.run("start_slurmd.sh", "10.1.0.11").returncode == 0

    assert node.tree() == first
    assert node.calls(*PROGRAMS) == STARTS


def test_slurmd_is_restarted_for_other_controllers(node: PretendNode) -> None:
    node.run("start_slurmd.sh", "10.1.0.11")
    node.calls()

    assert node.run("start_slurmd.sh", "10.1.0.99").returncode == 0

    assert "--conf-server 10.1.0.99" in (node.root / OPTIONS).read_text()
    assert "systemctl restart slurmd" in node.calls()


def test_controller_that_comes_later_is_waited_for(node: PretendNode) -> None:
    node.note("start-refusals", "\n")
    node.note("scontrol-refusals", "\n\n")

    assert node.run("start_slurmd.sh", "10.1.0.11").returncode == 0

    # What systemd starts again answers at last.
    assert node.calls("scontrol", "sleep") == [
        *("scontrol show slurmd", "sleep 0.1", "scontrol show slurmd", "sleep 0.1"),
        "scontrol show slurmd",
    ]
    drop_in = (node.root / DROP_IN).read_text()
    assert "Restart=on-failure\n" in drop_in
    assert "StartLimitIntervalSec=0\n" in drop_in


def test_slurmd_that_never_answers_shows_its_journal(node: PretendNode) -> None:
    node.note("scontrol-refusals", "\n" * 100)
    node.note("is-active", "slurmd\n")
    node.replace("journalctl", f'echo "{NAMELESS}"')

    result = node.run("start_slurmd.sh", "10.1.0.11", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        NAMELESS,
        "slurmd did not start within 0 s; the end of its journal stands above",
    ]


def test_node_of_a_group_that_hyperpod_has_not_added_yet(node: PretendNode) -> None:
    node.note("scontrol-refusals", "\n" * 100)
    node.replace("journalctl", f'echo "{NAMELESS}"')

    result = node.run("start_slurmd.sh", "10.1.0.11")

    assert (result.returncode, result.stdout) == (
        0,
        "slurm.conf does not name this node yet; slurmd joins when HyperPod has added the node\n",
    )


@pytest.mark.parametrize(
    ("state", "is_active", "is_started"),
    [
        ("IDLE+CLOUD+POWERED_DOWN", True, True),
        ("IDLE+CLOUD+POWERED_DOWN", False, False),
        ("IDLE+CLOUD", True, False),
        ("MIXED+CLOUD", True, False),
    ],
)
def test_node_that_slurmctld_has_forgotten(
    node: PretendNode, state: str, *, is_active: bool, is_started: bool
) -> None:
    assert node.run("keep_registered.sh", "use", "gpu").returncode == 0
    program = node.root / "usr/local/lib/hyperpod_constructs/register_again.sh"
    assert program.stat().st_mode & 0o777 == 0o755
    node.note("addresses", "ip-10-1-0-21")
    node.note("is-active", "slurmd\n" if is_active else "")
    node.replace(
        "scontrol", f'[[ $3 != ip-10-1-0-21 ]] || echo "   State={state} ThreadsPerCore=1"'
    )
    (node.scripts / "register_again.sh").write_text(
        program.read_text().replace("readonly PATH=", "readonly OTHER=")
    )
    node.calls()

    assert node.run("register_again.sh", "use", "gpu").returncode == 0
    assert ("systemctl restart slurmd" in node.calls()) == is_started


NODE = """
echo "scontrol $*" >> "$NOTES/calls"
case "$1 $2" in
    "show node") cat "$NOTES/described" ;;
    "show reservation") test -e "$NOTES/reserved" ;;
    "create reservation") touch "$NOTES/reserved" ;;
esac
"""


@pytest.mark.parametrize(
    ("available", "active", "updated"),
    [
        ("(null)", "(null)", ["AvailableFeatures=gpu,ml.p5 ActiveFeatures=gpu,ml.p5"]),
        ("a,gpu", "gpu", ["AvailableFeatures=a,gpu,ml.p5 ActiveFeatures=gpu,ml.p5"]),
        ("gpu,ml.p5,a", "ml.p5,gpu", []),
    ],
)
def test_features_of_a_node(
    node: PretendNode, available: str, active: str, updated: list[str]
) -> None:
    (node.scripts / "register_again.sh").write_text(
        (node.scripts / "register_again.sh")
        .read_text()
        .replace("readonly PATH=", "readonly OTHER=")
    )
    node.note("addresses", "ip-10-1-0-21")
    node.note("is-active", "slurmd\n")
    node.note("described", f"   AvailableFeatures={available}\n   ActiveFeatures={active}\n")
    node.replace("scontrol", NODE)

    for _ in range(2):
        assert node.run("register_again.sh", "reserve", "gpu", "ml.p5").returncode == 0
    calls = node.calls("scontrol")
    prefix = "scontrol update NodeName=ip-10-1-0-21 "
    assert [call.removeprefix(prefix) for call in calls if call.startswith(prefix)] == updated * 2
    # A login node is reserved once.
    assert [call for call in calls if "create" in call] == [
        "scontrol create reservation ReservationName=login_ip-10-1-0-21 StartTime=now "
        "Duration=UNLIMITED Nodes=ip-10-1-0-21 Users=root Flags=IGNORE_JOBS"
    ]


def test_worker_is_not_reserved(node: PretendNode) -> None:
    assert node.run("keep_registered.sh", "use", "gpu", "ml.p5").returncode == 0

    unit = node.root / "etc/systemd/system/hyperpod-slurmd-registration.service"
    assert "/register_again.sh use gpu ml.p5\n" in unit.read_text()


def test_run_that_was_killed_leaves_no_half_of_a_drop_in(node: PretendNode) -> None:
    node.file(f"{DROP_IN}.new").write_text("[Serv")

    assert node.run("start_slurmd.sh", "10.1.0.11").returncode == 0

    assert [path for path in node.tree() if path.startswith(DROP_IN)] == [DROP_IN]


def test_scripts_of_system_v_are_passed_over(node: PretendNode) -> None:
    node.replace("systemctl", 'echo "$1 ${SYSTEMCTL_SKIP_SYSV:-}"')

    assert node.run("start_slurmctld.sh").stdout == "enable 1\nrestart \n"


def test_slurmctld_reads_what_the_steps_before_it_wrote(node: PretendNode) -> None:
    assert node.run("start_slurmctld.sh").returncode == 0

    assert node.calls() == [
        "systemctl enable slurmctld",
        "systemctl restart slurmctld",
        "hostname --short",
        "scontrol ping",
    ]


def test_a_controller_is_ready_when_it_answers(node: PretendNode) -> None:
    node.note("addresses", "ip-10-1-0-1")
    node.replace(
        "scontrol",
        'echo "Slurmctld(primary) at ip-10-1-0-11 is UP"\n'
        'echo "Slurmctld(backup) at ip-10-1-0-1 is $([[ -e $NOTES/up ]] && echo UP || echo DOWN)"',
    )
    node.note("on-sleep", "touch $NOTES/up")

    assert node.run("start_slurmctld.sh").returncode == 0

    assert node.calls("sleep") == ["sleep 0.1"]


def test_a_controller_that_never_answers_shows_its_journal(node: PretendNode) -> None:
    node.replace("scontrol", 'echo "Slurmctld(primary) at 10.1.0.11 is DOWN"')

    result = node.run("start_slurmctld.sh", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "the journal of slurmctld",
        "slurmctld did not answer within 0 s; the end of its journal stands above",
    ]


@pytest.mark.parametrize(
    ("enabled", "calls"),
    [
        ("", ["systemctl is-enabled --quiet slurmd"]),
        (
            "slurmd\n",
            ["systemctl is-enabled --quiet slurmd", "systemctl disable --now slurmd"],
        ),
    ],
)
def test_slurmd_is_disabled_on_a_controller(
    node: PretendNode, enabled: str, calls: list[str]
) -> None:
    node.note("enabled", enabled)

    assert node.run("disable_slurmd.sh").returncode == 0

    assert node.calls() == calls
    assert (node.root / NEVER).read_text() == "[Unit]\nConditionPathExists=!/\n"


def test_slurm_conf_is_waited_for(node: PretendNode) -> None:
    node.slurm_conf.write_text("AuthType=auth/munge\n#SlurmctldHost=a\nInclude accounting.conf\n")
    node.note("on-sleep", f"echo 'SlurmctldHost=ip-10-1-0-11(10.1.0.11)' >> {node.slurm_conf}")

    assert node.run("wait_for_slurm_conf.sh").returncode == 0

    assert node.calls() == ["sleep 1"]


def test_slurm_conf_that_never_appears(node: PretendNode) -> None:
    node.slurm_conf.unlink()

    result = node.run("wait_for_slurm_conf.sh", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        f"{node.slurm_conf} did not appear with a SlurmctldHost within 0 s\n",
    )


def test_a_controller_that_listens_is_not_waited_for(node: PretendNode) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = node.scripts / "wait_for_controller.sh"
        script.write_text(script.read_text().replace("port=6817", f"port={port}"))
        node.lacks("timeout")
        (node.commands / "timeout").symlink_to("/usr/bin/timeout")

        assert node.run("wait_for_controller.sh", "127.0.0.2", "127.0.0.1").returncode == 0

    assert node.calls() == []


def test_a_controller_that_does_not_listen_is_waited_for_a_little(node: PretendNode) -> None:
    node.note("timeout-refusals", "\n" * 1000)

    result = node.run("wait_for_controller.sh", "10.1.0.11")

    assert result.returncode == 0
    assert result.stdout == ""
    assert node.calls("sleep") == ["sleep 0.1"] * 50
