"""Users from a file: what is read, and what is said of a file that is wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import hyperpod_constructs as hp

ANNA = {"name": "anna", "uid": 2001}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems_of(content: Any) -> list[str]:
    Path("users.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(hp.ValidationError) as caught:
        hp.Users.from_file("users.json")
    return str(caught.value).splitlines()


def test_reads_what_the_arguments_say(folder: Path) -> None:
    anna = ANNA | {"groups": ["ml"], "home": "/fsx/anna", "slurm_account": "research"}
    data = {"groups": [{"name": "ml", "gid": 3000}], "users": [anna]}
    (folder / "users.json").write_text(json.dumps(data))

    users = hp.Users.from_file("users.json")

    assert users == hp.Users.from_file(folder / "users.json")
    assert users == hp.Users(
        users=[
            hp.User("anna", uid=2001, groups=["ml"], home="/fsx/anna", slurm_account="research")
        ],
        groups=[hp.UserGroup("ml", gid=3000)],
    )


def test_what_a_node_reads_can_be_read_again(folder: Path) -> None:
    users = hp.Users(users=[hp.User("anna", uid=2001, slurm_admin=True)])
    (folder / "users.json").write_text(json.dumps(users.to_dict()))

    assert hp.Users.from_file("users.json") == users


def test_takes_the_user_of_the_image_with_its_number() -> None:
    users = hp.Users(users=[hp.User("ubuntu", uid=1000, slurm_admin=True)])

    assert not list(users.problems("users"))


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (
            "[",
            ["Users.from_file: 'users.json' is not valid JSON: Expecting value: line 1 column 2"],
        ),
        ([], ["users.json: [] is of type list; pass an object (ArgumentType)"]),
        (
            {"user": []},
            ["users.json.user: 'user' is not a valid key; the keys are ['users"],
        ),
        ("null", ["users.json: is None; pass an object (ArgumentType)"]),
        (
            '{"users": [{"name": "anna", "uid": 2001, "uid": 2002}], "users": []}',
            [
                "users.json.uid: 'uid' is specified twice in one object, and only the last value "
                "would be used; remove one of them (UsersKeyTwice)",
                "users.json.users: 'users' is specified twice in one object",
            ],
        ),
        (
            {"users": [ANNA | {"home": "/"}, {"name": "ben", "uid": 2002}]},
            ["users.json.users[0].home: '/' must be a directory in"],
        ),
        ({"users": {}}, ["users.json.users: {} is of type dict; pass a list of objects"]),
        ({"users": ["anna"]}, ["users.json.users[0]: 'anna' is of type str; pass an object"]),
        (
            {"users": [{"name": "anna"}]},
            ["users.json.users[0].uid: 'uid' is required; add this key (UsersF"],
        ),
        (
            {"users": [ANNA | {"UID": 1, "password": "x"}], "groups": [{}]},
            [
                "users.json.users[0].UID: 'UID' is not a valid key; the keys are ['name', ",
                "users.json.users[0].password: 'password' is not a valid key",
                "users.json.groups[0].name: 'name' is required",
                "users.json.groups[0].gid: 'gid' is required",
            ],
        ),
        (
            {
                "users": [{"uid": 2002}, ANNA | {"shel": "/bin/sh", "uid": -1, "groups": ["ml"]}],
                "groups": [{"name": "ML", "gid": 3000, "members": []}],
            },
            [
                "users.json.users[0].name: 'name' is required",
                "users.json.users[1].shel: 'shel' is not a valid key",
                "users.json.groups[0].members: 'members' is not a valid key",
                "users.json.groups[0].name: 'ML' ",
                "users.json.users[1].uid: -1 ",
                "users.json.users[1].groups[0]: 'ml' is not a group",
            ],
        ),
        (
            {"users": [ANNA | {"uid": -1, "groups": ["ml"]}], "groups": [{"name": "ml"}]},
            ["users.json.groups[0].gid: 'gid' is required", "users.json.users[0].uid: -1 "],
        ),
        (
            {"users": [ANNA | {"uid": "1", "home": "x"}, ANNA | {"groups": ["ml"]}]},
            [
                "users.json.users[0].uid: '1' is of type str; pass a whole number",
                "users.json.users[0].home: 'x' must be a directory in",
                "users.json.users[1].name: 'anna' is already the name of users.json.users[0]",
                "users.json.users[1].groups[0]: 'ml' is not a group: neither in Users(groups=[])",
            ],
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_fails_with_the_file_and_the_field(content: Any, problems: list[str]) -> None:
    found = problems_of(content)

    assert len(found) == len(problems)
    for line, problem in zip(found, problems, strict=True):
        assert line.startswith(problem)


@pytest.mark.usefixtures("folder")
def test_never_shows_a_private_key() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n"

    (line,) = problems_of({"users": [ANNA | {"ssh_keys": [key]}]})

    assert line.startswith("users.json.users[0].ssh_keys[0]: '-----BEGIN ... PRIVATE KEY-----' is")
    assert "b3BlbnNzaC1rZXk" not in line


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("none.json", r"Users.from_file: 'none.json' cannot be read: No such file or directory; "),
        (".", r"Users.from_file: '\.' is not a file; specify the path"),
        (7, r"Users.from_file: 7 is of type int; pass a path, such as 'users.json' \(ArgumentType"),
        ("bin", r"Users.from_file: 'bin' is not valid JSON: "),
    ],
)
def test_fails_on_what_is_no_file(folder: Path, path: Any, problem: str) -> None:
    (folder / "bin").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(hp.ValidationError, match=problem):
        hp.Users.from_file(path)


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "users.json")

    with pytest.raises(hp.ValidationError, match=r"Users.from_file: 'users.json' is not a file; "):
        hp.Users.from_file("users.json")


@pytest.mark.parametrize(
    ("member", "text"),
    [
        (hp.User("anna", uid=1000), "users.users[0].uid: 1000 is the ID of 'ubuntu', the user and"),
        (
            hp.User("ubuntu", uid=2001),
            "users.users[0].name: 'ubuntu' is a user or group of the AMI",
        ),
        (
            hp.User("docker", uid=2001),
            "users.users[0].name: 'docker' is a user or group of the AMI",
        ),
        (hp.UserGroup("ml", gid=1000), "users.groups[0].gid: 1000 is the ID of 'ubuntu', the user"),
        (hp.UserGroup("docker", gid=3000), "users.groups[0].name: 'docker' is a group of the AMI;"),
        (hp.UserGroup("ubuntu", gid=3000), "users.groups[0].name: 'ubuntu' is a group of the AMI;"),
        (hp.UserGroup("ml", gid=100), "users.groups[0].gid: 100 must be between 1001 and"),
    ],
)
def test_users_and_groups_of_the_image_are_refused(
    member: hp.User | hp.UserGroup, text: str
) -> None:
    users = hp.Users(users=[member]) if isinstance(member, hp.User) else hp.Users(groups=[member])

    (problem,) = users.problems("users")

    assert str(problem).startswith(text)


def test_the_group_of_the_image_may_be_a_primary_group() -> None:
    users = hp.Users(
        users=[hp.User("anna", uid=2001, gid=1000)], groups=[hp.UserGroup("ubuntu", gid=1000)]
    )

    assert not list(users.problems("users"))
