"""Records of a local database reach S3, and the controller that replaces another one."""

import gzip
import json
import subprocess
import sys

import pytest

from .conftest import PretendNode

BACKUP = ("scripts", "training-accounting", "us-west-2", "slurm_acct_db")
FOLDER = "var/lib/hyperpod_constructs/accounting_backup"
PROGRAMS = "usr/local/lib/hyperpod_constructs/accounting_backup"
METRIC = "var/lib/prometheus/node-exporter/hyperpod_accounting.prom"
OLDER, LATER = (f"training-accounting/2026-11-{day}.sql.gz" for day in (26, 27))
FIRST = "-- Accounting of the cluster training, Slurm 24.11.5\n"
TABLE = "DROP TABLE IF EXISTS `training_job_table`;\nCREATE TABLE `training_job_table` (\n  `id_job` int\n) ENGINE=InnoDB;\n"
ROWS = "INSERT INTO `training_job_table` VALUES\n(41,'a; GRANT b'),\n(42,'c');\n"
END = "-- Dump completed\n"
SOUND = f"{FIRST}/*M!999999\\- enable the sandbox mode */ \n--\n{TABLE}{ROWS}{END}"
AWS = """
echo "aws $*" >> "$NOTES/calls"
case $2 in
    list-objects-v2) cat "$NOTES/listed" ;;
    get-object) cp "$NOTES/${6##*/}" "$7" ;;
    put-object)
        stat --format %a "${8%/*}" > "$NOTES/mode"
        cp "$8" "$NOTES/put"
        ;;
esac
"""
# Tables are there once a dump has been read.
MARIADB = """
echo "mariadb $*" >> "$NOTES/calls"
[[ $* != *--help* ]] || { echo "  --sandbox  no commands"; exit; }
if [[ $* == *--binary-mode* ]]; then
    cat "$HYPERPOD_NODE_ROOT/var/lib/hyperpod_constructs/accounting_backup/client.cnf" > "$NOTES/client"
    cat > "$NOTES/read"
    echo training_job_table > "$NOTES/tables"
    if [[ -e $NOTES/import-fails ]]; then echo "ERROR 1064" >&2; exit 1; fi
    exit
fi
statements=$(cat)
case $statements in
    *MAX*) echo 42 ;;
    *information_schema*)
        echo "$statements" > "$NOTES/asked"
        cat "$NOTES/others"
        ;;
    *DROP*) : > "$NOTES/tables" ;;
    SHOW*) cat "$NOTES/tables" ;;
esac
"""


@pytest.fixture
def controller(node: PretendNode) -> PretendNode:
    """A controller with a database, two backups, and everything that it runs."""
    node.replace("aws", AWS)
    node.replace("mariadb", MARIADB)
    node.replace("slurmdbd", "echo slurm-wlm 24.11.5")
    node.replace("mariadb-dump", 'cat "$NOTES/dump"; exit $(cat "$NOTES/dump-status")')
    node.note("tables", "")
    node.note("others", "0\n0\n0\n0\n")
    node.note("dump", TABLE + ROWS + END)
    node.note("dump-status", "0")
    node.note("listed", json.dumps([OLDER, LATER, "training-accounting/notes.txt"]))
    put(node, OLDER, SOUND)
    put(node, LATER, SOUND.replace("42", "43"))
    node.slurm_conf.with_name("slurmdbd.conf").write_text("StorageUser=slurm\nStoragePass=secret\n")
    return node


def put(node: PretendNode, key: str, text: str, cut: int = 0) -> None:
    content = gzip.compress(text.encode())
    (node.notes / key.rpartition("/")[2]).write_bytes(content[: len(content) - cut])


def restore(node: PretendNode) -> str:
    result = node.run("restore_accounting.py", *BACKUP, HYPERPOD_WAIT_SECONDS="0")
    assert result.returncode == 0, result.stdout
    assert "secret" not in result.stdout
    left = {path.name for path in (node.root / FOLDER).iterdir()}
    assert left == {"state.json"}
    return result.stdout


def state(node: PretendNode) -> dict[str, object]:
    found: dict[str, object] = json.loads((node.root / FOLDER / "state.json").read_text())
    return found


def was_read(node: PretendNode) -> str:
    path = node.notes / "read"
    return path.read_text() if path.exists() else ""


def test_latest_backup_is_restored(controller: PretendNode) -> None:
    log = restore(controller)

    assert log == f"Slurm accounting has the records of s3://scripts/{LATER}\n"
    assert was_read(controller) == SOUND.replace("42", "43")
    # With the rights of slurmdbd, and no commands of the client.
    assert (controller.notes / "client").read_text() == "[client]\nuser=slurm\npassword=secret\n"
    (imported,) = (call for call in controller.calls("mariadb") if "--binary-mode" in call)
    assert "--sandbox" in imported
    assert "--user" not in imported
    assert state(controller)["first_job_id"] == 43
    assert str(state(controller)["key"]).startswith("training-accounting/2")
    assert state(controller)["key"] not in (OLDER, LATER)


@pytest.mark.parametrize(
    ("broken", "cut", "reason"),
    [
        (SOUND, 9, "it cannot be decompressed"),
        (SOUND.replace(END, ""), 0, "it has no end"),
        (
            SOUND.replace("of the cluster training", "of the cluster other"),
            0,
            "of the cluster other",
        ),
        (SOUND.replace("24.11.5", "25.11.1"), 0, "it is of Slurm 25.11, and this node has 24.11.5"),
        (SOUND.replace(FIRST, ""), 0, "it does not begin as a dump"),
        (SOUND.replace(END, "\\! touch /tmp/x\n" + END), 0, "its line 11 is not one of a dump"),
        (SOUND.replace(END, "system id\n" + END), 0, "its line 11"),
        (SOUND.replace(END, "GRANT ALL ON *.* TO slurm;\n" + END), 0, "its line 11"),
        (SOUND.replace(END, "USE mysql;\n" + END), 0, "its line 11"),
        (SOUND.replace(END, "CREATE TABLE `mysql`.`x` (\n" + END), 0, "its line 11"),
        (
            SOUND.replace(END, "/*!50003 CREATE*/ /*!50017 DEFINER=`root`*/\n" + END),
            0,
            "its line 11",
        ),
        (SOUND.replace(END, "SELECT 1 INTO OUTFILE '/x';\n" + END), 0, "its line 11"),
    ],
)
def test_broken_backup_is_refused_and_said(
    controller: PretendNode, broken: str, cut: int, reason: str
) -> None:
    put(controller, LATER, broken, cut)

    first, second = restore(controller).splitlines()

    assert first.startswith(f"The backup s3://scripts/{LATER} is not restored, and stays: ")
    assert reason in first
    assert second == f"Slurm accounting has the records of s3://scripts/{OLDER}"
    assert was_read(controller) == SOUND


def test_backup_that_the_database_refuses(controller: PretendNode) -> None:
    controller.note("import-fails", "")

    log = restore(controller)

    assert log.count("it cannot be read: ERROR 1064") == 2
    assert log.endswith("Slurm accounting begins without records\n")
    assert (controller.notes / "tables").read_text() == ""
    assert state(controller)["first_job_id"] is None


@pytest.mark.parametrize("others", ["1\n0\n0\n0\n", "0\n0\n0\n2\n", ""])
def test_backup_with_views_or_procedures(controller: PretendNode, others: str) -> None:
    """What its lines hide behind a row would run with the rights of root, when it is read."""
    controller.note("others", others)

    assert restore(controller).count("it has more than tables") == 2
    asked = (controller.notes / "asked").read_text().split(";")[:-1]
    assert all("_schema = 'slurm_acct_db'" in question for question in asked)
    assert (controller.notes / "tables").read_text() == ""


def test_database_with_tables_stays(controller: PretendNode) -> None:
    controller.note("tables", "training_job_table\n")

    assert restore(controller) == ""
    assert was_read(controller) == ""


def test_second_run_restores_nothing(controller: PretendNode) -> None:
    restore(controller)
    before = state(controller)
    (controller.notes / "read").unlink()
    controller.note("tables", "")

    assert restore(controller) == ""
    assert state(controller) == before
    assert was_read(controller) == ""


def test_run_that_was_killed_begins_anew(controller: PretendNode) -> None:
    file = controller.file(f"{FOLDER}/state.json")
    file.write_text(json.dumps({"key": None, "first_job_id": None, "digest": None}))
    controller.note("tables", "half_a_table\n")

    assert LATER in restore(controller)
    assert was_read(controller) == SOUND.replace("42", "43")


@pytest.mark.parametrize("answer", ["null", "[]", ""])
def test_new_cluster(controller: PretendNode, answer: str) -> None:
    controller.note("listed", answer)

    assert restore(controller) == "Slurm accounting begins without records\n"


@pytest.mark.parametrize("error", ["AccessDenied", "Could not connect"])
def test_bucket_that_does_not_answer(controller: PretendNode, error: str) -> None:
    """A cluster whose bucket cannot be listed comes up; nothing that is there is overwritten."""
    controller.replace("aws", f"echo {error} >&2; exit 254")

    assert error in restore(controller)
    assert state(controller)["key"] not in (OLDER, LATER)


class Backup:
    """A controller whose records are written."""

    def __init__(self, node: PretendNode) -> None:
        self._node = node
        restore(node)
        node.file(METRIC)
        installed = node.run("install_accounting_backup.sh", *BACKUP, "5")
        assert installed.returncode == 0, installed.stdout
        node.calls()

    def run(self) -> subprocess.CompletedProcess[str]:
        """What systemd runs."""
        return subprocess.run(
            [sys.executable, "-c", "import backup_accounting; backup_accounting.main()"],
            cwd=self._node.root / PROGRAMS,
            env=self._node.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def is_good(self) -> bool:
        """What the exporter shows."""
        text = (self._node.root / METRIC).read_text()
        return "hyperpod_accounting_backup_success 1\n" in text


def test_records_are_written(controller: PretendNode) -> None:
    backup = Backup(controller)

    result = backup.run()

    assert result.returncode == 0, result.stdout
    (call,) = controller.calls("aws")
    key = state(controller)["key"]
    assert call.startswith(f"aws s3api put-object --bucket scripts --key {key} --body ")
    assert gzip.decompress((controller.notes / "put").read_bytes()).decode() == (
        FIRST + TABLE + ROWS + END
    )
    assert (controller.notes / "mode").read_text() == "700\n"
    assert backup.is_good()
    assert {path.name for path in (controller.root / FOLDER).iterdir()} == {"lock", "state.json"}

    assert "Nothing has changed" in backup.run().stdout
    assert controller.calls("aws") == []
    controller.note("dump", TABLE + ROWS.replace("42", "44") + END)
    assert backup.run().returncode == 0
    assert len(controller.calls("aws")) == 1


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        ({"dump": TABLE}, "the dump is not complete"),
        ({"dump-status": "2"}, "the dump is not complete"),
        ({"tables": ""}, "slurm_acct_db has no table of the jobs of training"),
    ],
)
def test_part_of_the_records_is_not_written(
    controller: PretendNode, notes: dict[str, str], reason: str
) -> None:
    backup = Backup(controller)
    for name, content in notes.items():
        controller.note(name, content)

    result = backup.run()

    assert (result.returncode, reason in result.stdout) == (1, True)
    assert controller.calls("aws") == []
    assert not backup.is_good()
    assert not (controller.root / FOLDER / "dump.sql.gz").exists()


def test_failed_upload_is_tried_again(controller: PretendNode) -> None:
    backup = Backup(controller)
    controller.replace("aws", "echo 503 >&2; exit 254")
    assert "Slurm accounting is not backed up: aws s3api put-object" in backup.run().stdout
    assert not backup.is_good()

    controller.replace("aws", AWS)
    assert backup.run().returncode == 0
    assert backup.is_good()


def test_nothing_is_written_before_the_records_are_restored(controller: PretendNode) -> None:
    backup = Backup(controller)
    controller.file(f"{FOLDER}/state.json").write_text('{"key": null}')

    assert "have not ended" in backup.run().stdout
    assert controller.calls("aws") == []


def test_units(controller: PretendNode) -> None:
    Backup(controller)
    units = controller.root / "etc/systemd/system"

    at_stop = (units / "hyperpod-accounting-backup-at-stop.service").read_text()
    # slurmdbd ends before the last backup, MariaDB after it.
    assert "Before=slurmdbd.service\n" in at_stop
    assert "mariadb.service" in at_stop
    assert "\nExecStop=/usr/bin/python3 -I -B -c" in at_stop
    assert "OnUnitInactiveSec=5min\n" in (units / "hyperpod-accounting-backup.timer").read_text()
    assert json.loads((controller.root / PROGRAMS / "place.json").read_text()) == {
        **dict(zip(("bucket", "prefix", "region", "database"), BACKUP, strict=True)),
        "cluster": "training",
    }
