"""What users of steps.json are in the accounting of Slurm."""

import json
from typing import Any

import pytest

from .conftest import PretendNode
from .every_step import DIRECTORY

USERS = {
    "users": [
        {"name": "alice", "uid": 2001, "slurm_account": "llm", "slurm_admin": True},
        {"name": "bob", "uid": 2002, "slurm_account": "llm"},
        {"name": "carol", "uid": 2003, "slurm_admin": True},
        {"name": "dave", "uid": 2004},
    ]
}
LISTS = [
    "sacctmgr --noheader --parsable2 list account format=Account",
    "sacctmgr --noheader --parsable2 list association format=User,Account",
    "sacctmgr --noheader --parsable2 list user format=User,AdminLevel",
]


UBUNTU = "ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\n"


def test_accounts(node: PretendNode) -> None:
    node.note("passwd", UBUNTU)
    node.has_steps(users=USERS)
    node.note("sacctmgr-account", "root\n")
    node.note("sacctmgr-association", "|root\nroot|root\n")
    node.note("sacctmgr-user", "root|Administrator\n")

    assert node.run("add_slurm_accounts.py").returncode == 0

    assert node.calls("sacctmgr") == [
        *LISTS,
        "sacctmgr --immediate add account Name=llm Description=llm",
        "sacctmgr --immediate add user Name=alice Account=llm",
        "sacctmgr --immediate modify user where Name=alice set AdminLevel=Administrator",
        "sacctmgr --immediate add user Name=bob Account=llm",
        "sacctmgr --immediate add user Name=carol Account=root",
        "sacctmgr --immediate modify user where Name=carol set AdminLevel=Administrator",
        "sacctmgr --immediate add user Name=dave Account=root",
        "sacctmgr --immediate add user Name=ubuntu Account=root",
    ]


def test_account_of_a_user_who_had_none(node: PretendNode) -> None:
    """The new account becomes the default, unless another default was set."""
    node.has_steps(
        users={
            "users": [
                {"name": name, "uid": 2001 + number, "slurm_account": "llm"}
                for number, name in enumerate(("dave", "eve"))
            ]
        }
    )
    node.note("sacctmgr-account", "root\nllm\n")
    node.note("sacctmgr-association", "dave|root\neve|other\nubuntu|root\n")

    assert node.run("add_slurm_accounts.py").returncode == 0
    assert node.calls("sacctmgr")[len(LISTS) :] == [
        "sacctmgr --immediate add user Name=dave Account=llm",
        "sacctmgr --immediate modify user where Name=dave set DefaultAccount=llm",
        "sacctmgr --immediate add user Name=eve Account=llm",
    ]


def test_accounts_that_are_there(node: PretendNode) -> None:
    node.has_steps(users=USERS)
    node.note("sacctmgr-account", "root\nllm\n")
    node.note("sacctmgr-association", "alice|llm\nbob|llm\ncarol|root\ndave|root\nubuntu|root\n")
    node.note("sacctmgr-user", "alice|Administrator\nbob|None\ncarol|Administrator\n")

    assert node.run("add_slurm_accounts.py").returncode == 0
    assert node.calls("sacctmgr") == LISTS


def test_administrator_who_is_none_any_more(node: PretendNode) -> None:
    node.has_steps(users={"users": [{"name": "dave", "uid": 2004}]})
    node.note("sacctmgr-account", "root\n")
    node.note("sacctmgr-association", "dave|root\nubuntu|root\n")
    node.note("sacctmgr-user", "root|Administrator\ndave|Administrator\n")

    assert node.run("add_slurm_accounts.py").returncode == 0
    assert node.calls("sacctmgr")[len(LISTS) :] == [
        "sacctmgr --immediate modify user where Name=dave set AdminLevel=None"
    ]


@pytest.mark.parametrize(
    ("recorded", "known", "steps", "is_revoked"),
    [
        (True, True, {}, True),
        # The record is that of another controller, which was replaced.
        (False, False, {}, True),
        # An operator has made a user of the machine image an administrator.
        (False, True, {}, False),
        # The directory may not answer.
        (False, False, {"directory_service": DIRECTORY}, False),
        (True, True, {"directory_service": DIRECTORY}, True),
    ],
)
def test_administrator_who_was_removed(
    node: PretendNode, recorded: bool, known: bool, steps: dict[str, Any], is_revoked: bool
) -> None:
    node.has_steps(users={"users": [{"name": "dave", "uid": 2004}]}, **steps)
    node.note("sacctmgr-account", "root\n")
    node.note("sacctmgr-association", "dave|root\nubuntu|root\n")
    node.note("sacctmgr-user", "root|Administrator\neve|Administrator\n")
    if recorded:
        record = node.file("/var/lib/hyperpod_constructs/users.json")
        record.write_text(json.dumps({"eve": []}))
    if known:
        node.note("passwd", "eve:x:2005:2005::/fsx/eve:/usr/sbin/nologin\n")

    assert node.run("add_slurm_accounts.py").returncode == 0

    revocation = "sacctmgr --immediate modify user where Name=eve set AdminLevel=None"
    assert node.calls("sacctmgr")[len(LISTS) :] == ([revocation] if is_revoked else [])
