import pytest

from .conftest import PretendNode

SCRIPTS = "opt/slurm/etc/scripts"


def installed(node: PretendNode) -> dict[str, tuple[int, str]]:
    return {
        path.removeprefix(f"{SCRIPTS}/"): (mode & 0o777, content)
        for path, (mode, content) in node.tree().items()
        if path.startswith(SCRIPTS)
    }


def test_prolog_and_epilog_are_made_to_run(node: PretendNode) -> None:
    node.file_of_site("10-check.sh", "one", folder="prolog.d")
    node.file_of_site("20-clean.py", "two", folder="epilog.d")

    for _ in range(2):
        result = node.run("install_prolog_epilog.sh")

        assert (result.returncode, result.stdout) == (0, "")
        assert installed(node) == {
            "prolog.d/10-check.sh": (0o755, "one"),
            "epilog.d/20-clean.py": (0o755, "two"),
        }


def test_file_that_is_gone_goes(node: PretendNode) -> None:
    path = node.file_of_site("10-check.sh", "one", folder="prolog.d")
    node.run("install_prolog_epilog.sh")
    path.unlink()
    node.file_of_site("20-check.sh", "two", folder="prolog.d")
    node.file(f"{SCRIPTS}/became_primary.sh").write_text("ours")

    assert node.run("install_prolog_epilog.sh").returncode == 0

    assert {path: content for path, (_, content) in installed(node).items()} == {
        "prolog.d/20-check.sh": "two",
        "became_primary.sh": "ours",
    }


def test_half_a_file_of_a_killed_run_is_hidden(node: PretendNode) -> None:
    node.file_of_site("10-check.sh", "one", folder="prolog.d")
    node.replace("mv", "kill -9 $PPID")

    assert node.run("install_prolog_epilog.sh").returncode != 0
    assert all(path.startswith("prolog.d/.new.") for path in installed(node))


def test_node_without_hooks(node: PretendNode) -> None:
    assert node.run("install_prolog_epilog.sh").returncode == 0
    assert node.run("run_site_scripts.sh", "worker", "gpu").stdout == ""
    assert installed(node) == {}


def test_site_scripts_run_in_the_order_of_their_names(node: PretendNode) -> None:
    told = 'echo "$1 $HYPERPOD_NODE_TYPE $HYPERPOD_INSTANCE_GROUP"'
    for name in ("20-b.sh", "10-a.sh", "Z.sh", "a.sh", "notes.txt"):
        node.file_of_site(name, told.replace("$1", name))

    result = node.run("run_site_scripts.sh", "worker", "gpu")

    assert (result.returncode, result.stdout.splitlines()) == (
        0,
        [
            *("Site script: 10-a.sh", "10-a.sh worker gpu"),
            *("Site script: 20-b.sh", "20-b.sh worker gpu"),
            *("Site script: Z.sh", "Z.sh worker gpu"),
            *("Site script: a.sh", "a.sh worker gpu"),
        ],
    )


@pytest.mark.parametrize(("ending", "status"), [("false; exit 7", 7), ("kill -9 $$", 137)])
def test_site_script_that_fails_is_the_last(node: PretendNode, ending: str, status: int) -> None:
    node.file_of_site("10-a.sh", f"echo no licence\n{ending}")
    node.file_of_site("20-b.sh", "echo never")

    result = node.run("run_site_scripts.sh", "login", "login")

    assert result.returncode == 1
    assert "never" not in result.stdout
    lines = result.stdout.splitlines()
    assert lines[:2] == ["Site script: 10-a.sh", "no licence"]
    assert lines[-1] == (f"site/10-a.sh ended with status {status}; its own words stand above")


def test_rotation_of_logs(node: PretendNode) -> None:
    node.note("installed", "logrotate\n")

    for _ in range(2):
        assert node.run("rotate_logs.sh").returncode == 0

    rules = {path: text for path, (_, text) in node.tree().items() if "logrotate" in path}
    assert list(rules) == ["etc/logrotate.d/hyperpod_constructs"]
    (text,) = rules.values()
    assert text.startswith("/var/log/slurm/*.log /var/log/slurm*.log {\n")
    assert "systemctl kill --kill-who=main --signal=USR2 $service" in text
    # It reads the memory of all processes, for which users can let root wait.
    assert "pkill" not in text
    assert node.calls("apt-get") == []
