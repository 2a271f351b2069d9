from .conftest import DROP_IN, PretendNode


def test_slurmd_is_told_its_controllers(node: PretendNode) -> None:
    assert node.run("start_slurmd.sh", "10.1.0.11", "10.1.0.12").returncode == 0

    assert (node.root / DROP_IN).read_text() == (
        '[Service]\nEnvironment="SLURMD_OPTIONS=--conf-server 10.1.0.11,10.1.0.12"\n'
    )
    assert node.calls() == [
        "systemctl daemon-reload",
        "systemctl enable slurmd",
        "systemctl restart slurmd",
    ]


def test_second_run_changes_nothing_and_restarts_nothing(node: PretendNode) -> None:
    node.run("start_slurmd.sh", "10.1.0.11")
    first = node.tree()
    node.calls()

    assert node.run("start_slurmd.sh", "10.1.0.11").returncode == 0

    assert node.tree() == first
    assert node.calls() == [
        "systemctl daemon-reload",
        "systemctl enable slurmd",
        "systemctl start slurmd",
    ]


def test_slurmd_is_restarted_for_other_controllers(node: PretendNode) -> None:
    node.run("start_slurmd.sh", "10.1.0.11")
    node.calls()

    assert node.run("start_slurmd.sh", "10.1.0.99").returncode == 0

    assert "--conf-server 10.1.0.99" in (node.root / DROP_IN).read_text()
    assert "systemctl restart slurmd" in node.calls()


def test_controller_that_comes_later_is_waited_for(node: PretendNode) -> None:
    node.note("start-refusals", "\n\n")

    assert node.run("start_slurmd.sh", "10.1.0.11").returncode == 0

    assert node.calls()[1:] == [
        "systemctl enable slurmd",
        "systemctl restart slurmd",
        "sleep 5",
        "systemctl restart slurmd",
        "sleep 5",
        "systemctl restart slurmd",
    ]


def test_service_that_never_starts_shows_its_journal(node: PretendNode) -> None:
    node.note("start-refusals", "\n" * 100)

    result = node.run("start_slurmd.sh", "10.1.0.11", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "Job for slurmd.service failed.",
        "the journal of slurmd",
        "slurmd did not start within 0 s; the end of its journal stands above",
    ]


def test_controller_starts_slurmctld_only(node: PretendNode) -> None:
    before = node.tree()

    assert node.run("start_slurmctld.sh").returncode == 0

    assert node.calls() == [
        "systemctl is-enabled --quiet slurmd",
        "systemctl enable slurmctld",
        "systemctl start slurmctld",
    ]
    assert node.tree() == before


def test_slurmd_is_disabled_on_a_controller_before_anything_else(node: PretendNode) -> None:
    node.note("enabled", "slurmd\n")

    assert node.run("start_slurmctld.sh").returncode == 0

    assert node.calls()[:2] == [
        "systemctl is-enabled --quiet slurmd",
        "systemctl disable --now slurmd",
    ]


def test_slurm_conf_is_waited_for(node: PretendNode) -> None:
    node.slurm_conf.write_text("")
    node.note("on-sleep", f"echo ClusterName=training > {node.slurm_conf}")

    assert node.run("start_slurmctld.sh").returncode == 0

    assert node.calls()[1:] == [
        "sleep 1",
        "systemctl enable slurmctld",
        "systemctl start slurmctld",
    ]


def test_slurm_conf_that_never_appears(node: PretendNode) -> None:
    node.slurm_conf.unlink()

    result = node.run("start_slurmctld.sh", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        f"{node.slurm_conf} did not appear within 0 s\n",
    )
    assert "systemctl start slurmctld" not in node.calls()
