"""Changes of users reach a node that runs, and nothing else does."""

import json
import subprocess
import sys
from typing import Any

import pytest

from .conftest import PretendNode

PROGRAMS = "usr/local/lib/hyperpod_constructs/users_refresh"
STATE = "var/lib/hyperpod_constructs/users_refresh.json"
ADDED = "var/lib/hyperpod_constructs/users.json"
METRIC = "var/lib/prometheus/node-exporter/hyperpod_users.prom"
PLACE = {
    "bucket": "scripts",
    "key": "lifecycle-scripts/Training/live/users.json",
    "region": "us-west-2",
    "cluster": "Training",
    "minutes": 5,
}
ANNA = {"name": "anna", "uid": 2001}
BOB = {"name": "bob", "uid": 2002}
AWS = """
echo "aws $*" >> "$NOTES/calls"
case $2 in
    head-object) cat "$NOTES/head" ;;
    get-object) cp "$NOTES/document" "${*: -1}" ;;
esac
"""


class Refreshed:
    """A worker whose scripts have ended, and a bucket."""

    def __init__(self, node: PretendNode, policy: str = "login", role: str = "other") -> None:
        self.node = node
        self._policy, self._role = policy, role
        node.has_steps(users={"groups": [], "users": [ANNA]}, accounting={}, refresh=PLACE)
        node.file(METRIC)
        node.replace("aws", AWS)
        assert node.run("add_users.py").returncode == 0
        assert node.run("open_logins.py", policy).returncode == 0
        installed = node.run("install_users_refresh.sh", policy, role, "5", "us-west-2")
        assert installed.returncode == 0, installed.stdout
        node.calls()

    def put(self, document: Any, written: str = "2026-11-27T09:00:00+00:00") -> None:
        """Uploads what is in the bucket then."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.node.note("document", text)
        head = {"ETag": f'"{hash(text)}"', "LastModified": written, "ContentLength": len(text)}
        self.node.note("head", json.dumps(head))

    def run(self) -> subprocess.CompletedProcess[str]:
        """What systemd runs."""
        code = f"import refresh_users; refresh_users.main({self._policy!r}, {self._role!r})"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.node.root / PROGRAMS,
            env=self.node.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    @property
    def users(self) -> set[str]:
        """The users that this node has added and not locked, by the calls that it made."""
        found: set[str] = set(json.loads((self.node.root / ADDED).read_text()))
        return found

    @property
    def is_good(self) -> bool:
        """What the exporter shows."""
        return "hyperpod_users_refresh_success 1\n" in (self.node.root / METRIC).read_text()


def document(*users: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"cluster": "Training", "groups": [], "users": list(users), **others}


def test_new_user(node: PretendNode) -> None:
    worker = Refreshed(node)
    worker.put(document(ANNA, {**BOB, "ssh_keys": ["ssh-ed25519 AAAA"]}))

    result = worker.run()

    assert result.returncode == 0, result.stdout
    assert "2 users are those of s3://scripts/lifecycle-scripts/Training/live/users.json" in (
        result.stdout
    )
    assert worker.users == {"anna", "bob"}
    assert (node.root / "etc/ssh/hyperpod_keys/bob").read_text() == "ssh-ed25519 AAAA\n"
    assert worker.is_good
    assert node.calls("sacctmgr", "systemctl") == []

    # The same version is not fetched again.
    assert worker.run().returncode == 0
    assert [call.split()[2] for call in node.calls("aws")] == ["head-object"]


def test_removed_user_is_locked_and_nothing_is_killed(node: PretendNode) -> None:
    worker = Refreshed(node)
    worker.put(document(ANNA, BOB))
    assert worker.run().returncode == 0
    node.calls()
    worker.put(document(ANNA), written="2026-11-27T09:05:00+00:00")
    # A process of bob.
    process = node.file("/proc/999999/status")
    process.write_text("Name:\tsleep\nState:\tS\nPPid:\t1\nUid:\t2002\t2002\t2002\t2002\n")
    node.file("/proc/999999/cmdline").write_text("sleep")

    result = worker.run()

    assert result.returncode == 0, result.stdout
    assert node.calls("usermod") == ["usermod --expiredate 1 --shell /usr/sbin/nologin -- bob"]
    assert "a process does not end" not in result.stdout
    drop_in = (node.root / "etc/ssh/sshd_config.d/00-hyperpod_constructs.conf").read_text()
    assert "DenyUsers bob\n" in drop_in
    assert (node.root / "home/bob").is_dir()


def test_removed_user_does_not_come_back_with_a_second_run(node: PretendNode) -> None:
    """The scripts of the node have the users of its creation."""
    worker = Refreshed(node)
    worker.put(document(BOB))
    assert worker.run().returncode == 0

    assert node.run("add_users.py").returncode == 0
    assert node.run("install_users_refresh.sh", "login", "other", "5", "us-west-2").returncode == 0
    node.calls()

    result = worker.run()
    assert result.returncode == 0, result.stdout
    assert node.calls("usermod") == ["usermod --expiredate 1 --shell /usr/sbin/nologin -- anna"]

    # An older version is refused all the same.
    assert node.run("install_users_refresh.sh", "login", "other", "5", "us-west-2").returncode == 0
    worker.put(document(ANNA), written="2026-11-27T08:59:59+00:00")
    assert "is older than what this node has" in worker.run().stdout


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[]", "is not an object"),
        (document(ANNA, cluster="Other"), "is not of the cluster Training"),
        (document(ANNA, scripts=[]), "scripts is not known here"),
        ({"cluster": "Training", "groups": []}, "users is missing, but has to be a list"),
        ({"cluster": "Training"}, "groups is missing, but has to be a list"),
        (document({"name": "root", "uid": 0}), "uid"),
        (document({**ANNA, "home": "/etc/x"}), "home"),
        (document({**ANNA, "shell": "x\ny"}), "shell"),
        ('{"cluster": "Training", "cluster": "Training", "groups": [], "users": []}', "cluster"),
    ],
)
def test_wrong_document_changes_nothing(node: PretendNode, broken: Any, message: str) -> None:
    worker = Refreshed(node)
    before = {
        path: content for path, content in node.tree().items() if not path.endswith("users.prom")
    }
    worker.put(broken)

    result = worker.run()

    assert result.returncode == 1
    assert result.stdout.startswith("Users are unchanged: ")
    assert message in result.stdout
    assert not worker.is_good
    after = node.tree()
    del after[METRIC]
    assert after == before
    assert node.calls("useradd", "usermod", "groupadd") == []


@pytest.mark.parametrize("answer", ["exit 255", "echo 403 >&2; exit 254", "echo '{}'"])
def test_bucket_that_does_not_answer_changes_nothing(node: PretendNode, answer: str) -> None:
    worker = Refreshed(node)
    node.replace("aws", answer)

    assert worker.run().returncode == 1
    assert not worker.is_good
    assert worker.users == {"anna"}


def test_large_document_is_not_fetched(node: PretendNode) -> None:
    worker = Refreshed(node)
    worker.put(json.dumps(document(ANNA)) + " " * (1 << 20))

    assert "is larger than" in worker.run().stdout
    assert [call.split()[2] for call in node.calls("aws")] == ["head-object"]


def test_older_version_is_refused(node: PretendNode) -> None:
    worker = Refreshed(node)
    worker.put(document(ANNA, BOB))
    assert worker.run().returncode == 0
    worker.put(document(ANNA), written="2026-11-27T08:59:59+00:00")

    result = worker.run()

    assert result.returncode == 1
    assert "is older than what this node has" in result.stdout
    assert worker.users == {"anna", "bob"}


@pytest.mark.parametrize(("removed", "is_refused"), [(3, False), (4, True)])
def test_many_removals_at_once_are_refused(
    node: PretendNode, removed: int, *, is_refused: bool
) -> None:
    worker = Refreshed(node)
    others = [{"name": f"user{number}", "uid": 3000 + number} for number in range(removed)]
    worker.put(document(ANNA, *others))
    assert worker.run().returncode == 0
    node.calls()
    worker.put(document(ANNA), written="2026-11-27T09:05:00+00:00")

    result = worker.run()

    assert result.returncode == int(is_refused)
    assert ("patch the nodes to remove so many at once" in result.stdout) == is_refused
    assert len(node.calls("usermod")) == (0 if is_refused else removed)


def test_step_that_fails_is_tried_again(node: PretendNode) -> None:
    worker = Refreshed(node)
    before = (node.root / PROGRAMS / "steps.json").read_text()
    node.note(
        "passwd", (node.notes / "passwd").read_text() + "carl:x:2002:2002::/home/carl:/bin/sh\n"
    )
    worker.put(document(ANNA, BOB))

    result = worker.run()

    assert result.returncode == 1
    assert "the user 'bob' wants the uid 2002, but on this node 'carl' has it" in result.stdout
    assert (node.root / PROGRAMS / "steps.json").read_text() == before
    assert not (node.root / STATE).exists()


def test_node_whose_scripts_have_not_ended_stays_closed(node: PretendNode) -> None:
    worker = Refreshed(node)
    (node.root / "var/lib/hyperpod_constructs/logins").unlink()
    worker.put(document(ANNA, BOB))

    assert "have not ended" in worker.run().stdout
    assert worker.users == {"anna"}


def test_controller_knows_users_and_their_accounts(node: PretendNode) -> None:
    controller = Refreshed(node, "no-login", "primary")
    node.note("sacctmgr-account", "root\n")
    node.note("sacctmgr-association", "anna|root\n")
    controller.put(document(ANNA, {**BOB, "slurm_account": "llm", "groups": ["docker"]}))

    result = controller.run()

    assert result.returncode == 0, result.stdout
    assert "docker" not in (node.root / ADDED).read_text()
    assert not (node.root / "etc/ssh/hyperpod_keys/bob").exists()
    added = [call for call in node.calls("sacctmgr") if " add " in call]
    assert added == [
        "sacctmgr --immediate add account Name=llm Description=llm",
        "sacctmgr --immediate add user Name=bob Account=llm",
    ]


def test_units(node: PretendNode) -> None:
    Refreshed(node)
    units = node.root / "etc/systemd/system"
    service = (units / "hyperpod-users-refresh.service").read_text()

    assert 'refresh_users.main("login", "other")' in service
    assert f'sys.path.insert(0, "/{PROGRAMS}")' in service
    assert "OnUnitInactiveSec=5min\n" in (units / "hyperpod-users-refresh.timer").read_text()
    assert (node.root / PROGRAMS / "steps.json").stat().st_mode & 0o777 == 0o600
    assert list((node.root / PROGRAMS).glob("*.sh")) == []
