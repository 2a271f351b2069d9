"""The users of a cluster, specified in code or read from a file.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-setting-up-multi-user.html
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any, Self, TypeVar

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.json_keys import parse_json
from hyperpod_constructs.model.node_patterns import HOME, IMAGE_GROUPS, OPERATOR, ROOT_GROUPS
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import with_article, wrong_type
from hyperpod_constructs.model.value_class import value_class

from .user import User, UserGroup


@value_class(frozen=True, kw_only=True, slots=True)
class Users:
    """Linux users and groups of all nodes.

    Users are added when a node is created. A change applies to nodes created afterwards.

    Attributes:
        users: The users.
        groups: The groups that users can join.
    """

    users: Sequence[User] = ()
    groups: Sequence[UserGroup] = ()

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Reads users and groups from a JSON file.

        The keys of the file are the arguments of `Users`, `User` and `UserGroup`: `{"groups":
        [{"name": "ml", "gid": 3000}], "users": [{"name": "anna", "uid": 2001}]}`.

        Args:
            path: Path of the file. Relative paths are resolved against the working directory.

        Raises:
            ValidationError: `ArgumentType`; `UsersFile` if the file cannot be read, is not JSON or
                has unknown keys; `UsersKeyTwice`; and the codes of `problems`, each with the file and the field.
        """
        if not isinstance(path, str | PathLike):
            problem = wrong_type("Users.from_file", path, "a path, such as 'users.json'")
            raise ValidationError([problem])
        file = Path(path)
        data = _read(file)
        place = file.as_posix()
        found = list(_shape_problems(place, data))
        groups = _entries(data, "groups", UserGroup)
        users = cls(users=_entries(data, "users", User), groups=groups)
        unread = {each.path for each in found}
        found += [
            problem
            for problem in users.problems(place)
            if not any(each.startswith(problem.path) for each in unread)
            and (problem.code != "UserGroupUnknown" or all(map(_is_group, groups)))
        ]
        if found:
            raise ValidationError(found)
        return users

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        return {
            "groups": [group.to_dict() for group in self.groups],
            "users": [user.to_dict() for user in self.users],
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """User and group names and IDs must be unique, and groups of users must exist.

        The codes are those of `User` and `UserGroup`, `DuplicateUser`, `DuplicateUserGroup`,
        `UserGroupUnknown`, `UserHome`, and the warning `RootGroup`.
        """
        groups = yield from _each(f"{path}.groups", self.groups, UserGroup)
        yield from _twice(groups, "name", code="DuplicateUserGroup")
        yield from _twice(groups, "gid", code="DuplicateUserGroup")
        users = yield from _each(f"{path}.users", self.users, User)
        yield from _twice(users, "name", code="DuplicateUser")
        yield from _twice(users, "uid", code="DuplicateUser")
        yield from _own_group_problems(users, groups)
        yield from _home_problems(users)
        yield from _root_group_problems(users)
        known = [group.name for group in groups.values() if isinstance(group.name, str)]
        for place, user in users.items():
            for index, name in enumerate(user.groups if isinstance(user.groups, tuple) else ()):
                if (
                    isinstance(name, str)
                    and name not in (*known, *IMAGE_GROUPS)
                    and not any(map(is_unresolved, (*known, name)))
                ):
                    yield Problem(
                        code="UserGroupUnknown",
                        path=f"{place}.groups[{index}]",
                        value=name,
                        message=f"is not a group: neither in Users(groups={known}) nor one of "
                        f"{', '.join(IMAGE_GROUPS)}",
                        fix=f"add UserGroup({name!r}, gid=...) to the groups",
                    )


Member = TypeVar("Member", User, UserGroup)


def _each(
    path: str, values: object, kind: type[Member]
) -> Generator[Problem, None, dict[str, Member]]:
    """Yields the problems of each value, and returns values of the right type by path."""
    if not isinstance(values, tuple):
        yield wrong_type(path, values, f"a list of {kind.__name__}")
        return {}
    members = {}
    for index, value in enumerate(values):
        place = f"{path}[{index}]"
        if isinstance(value, kind):
            members[place] = value
            yield from value.problems(place)
        else:
            yield wrong_type(place, value, with_article(kind.__name__))
    return members


def _twice(members: Mapping[str, User | UserGroup], name: str, *, code: str) -> Iterator[Problem]:
    """The names and IDs of users and groups must be unique."""
    seen: dict[object, str] = {}
    for place, member in members.items():
        value = getattr(member, name)
        if not isinstance(value, str | int):
            continue
        if value in seen:
            yield Problem(
                code=code,
                path=f"{place}.{name}",
                value=value,
                message=f"is already the {name} of {seen[value]}",
                fix=f"use another {name}",
            )
        seen.setdefault(value, place)


def _own_group_problems(
    users: Mapping[str, User], groups: Mapping[str, UserGroup]
) -> Iterator[Problem]:
    """The primary group of a user cannot have the name of another group."""
    names = {group.name: place for place, group in groups.items() if isinstance(group.name, str)}
    gids = [group.gid for group in groups.values()]
    for place, user in users.items():
        gid = user.uid if user.gid is None else user.gid
        if (
            isinstance(user.name, str)
            and user.name in names
            and gid not in gids
            and not any(map(is_unresolved, [gid, *gids]))
        ):
            yield Problem(
                code="DuplicateUserGroup",
                path=f"{place}.name",
                value=user.name,
                message=f"is also the name of {names[user.name]}, and the primary group of the "
                f"user has gid {gid}",
                fix="pass the gid of that group, or rename it",
            )


def _home_problems(users: Mapping[str, User]) -> Iterator[Problem]:
    """A home directory cannot be that of another user, or be in it."""
    homes = {f"/home/{OPERATOR}": "the user of the AMI"}
    for place, user in users.items():
        if user.name != OPERATOR and _is_valid_home(user.home_directory):
            homes.setdefault(user.home_directory, place)
    for place, user in users.items():
        home = user.home_directory
        if user.name == OPERATOR or not isinstance(home, str) or is_unresolved(home):
            continue
        for folder in (home, *map(str, PurePosixPath(home).parents)):
            if homes.get(folder, place) != place:
                yield Problem(
                    code="UserHome",
                    path=f"{place}.home",
                    value=home,
                    message=f"is the home directory of {homes[folder]}, or is in it",
                    fix="use a directory of its own, such as '/fsx/anna'",
                )
                break


def _is_valid_home(home: object) -> bool:
    """Whether others can conflict with a home; `/` is reported once, where it is specified."""
    return isinstance(home, str) and (is_unresolved(home) or bool(re.fullmatch(HOME, home)))


def _root_group_problems(users: Mapping[str, User]) -> Iterator[Problem]:
    """Members of some groups of the AMI have the permissions of root on login nodes and workers."""
    for place, user in users.items():
        for index, name in enumerate(user.groups if isinstance(user.groups, tuple) else ()):
            if isinstance(name, str) and name in ROOT_GROUPS and user.name != OPERATOR:
                yield Problem(
                    code="RootGroup",
                    path=f"{place}.groups[{index}]",
                    value=name,
                    message="gives the user the permissions of root on login nodes and workers, "
                    "and to the files of all users; it is omitted on controllers",
                    fix="omit it; Enroot and Pyxis do not require a group",
                    severity=Severity.WARNING,
                )


def _read(file: Path) -> Any:
    data, repeated = _parsed(file)
    if repeated:
        raise ValidationError(_key_twice(f"{file.as_posix()}.{key}", key) for key in repeated)
    return data


def _parsed(file: Path) -> tuple[Any, list[str]]:
    try:
        if file.is_file() or not file.exists():  # a pipe would wait for a writer
            return parse_json(file.read_bytes())
        message, fix = "is not a file", "specify the path of a JSON file"
    except OSError as error:
        message, fix = f"cannot be read: {error.strerror}", "specify the path of a JSON file"
    except (ValueError, RecursionError) as error:
        message, fix = f"is not valid JSON: {error}", "validate the file with a JSON formatter"
    raise ValidationError([_file_problem("Users.from_file", file.as_posix(), message, fix)])


def _key_twice(path: str, key: str) -> Problem:
    """An object of the file must have each key once."""
    return Problem(
        code="UsersKeyTwice",
        path=path,
        value=key,
        message="is specified twice in one object, and only the last value would be used",
        fix="remove one of them",
    )


def _shape_problems(place: str, data: Any) -> Iterator[Problem]:
    """Validates the structure of the file."""
    yield from _object_problems(place, data, Users)
    for key, kind in (("users", User), ("groups", UserGroup)):
        entries = data.get(key, []) if isinstance(data, dict) else []
        if not isinstance(entries, list):
            yield wrong_type(f"{place}.{key}", entries, "a list of objects")
            continue
        for index, entry in enumerate(entries):
            yield from _object_problems(f"{place}.{key}[{index}]", entry, kind)


def _entries(data: Any, key: str, kind: type[Member]) -> list[Member]:
    """The entries of a list, without unknown keys. Those that cannot be read stay as they are."""
    entries = data.get(key, []) if isinstance(data, dict) else []
    known = _keys(kind)
    return [
        kind(**{name: value for name, value in entry.items() if name in known})
        if isinstance(entry, dict)
        and all(name in entry for name, needed in known.items() if needed)
        else entry
        for entry in (entries if isinstance(entries, list) else [])
    ]


def _is_group(entry: object) -> bool:
    return isinstance(entry, UserGroup)


def _keys(kind: type[Users | User | UserGroup]) -> dict[str, bool]:
    """The keys of an object, each with whether it is required."""
    return {
        item.name: item.default is MISSING and item.default_factory is MISSING
        for item in fields(kind)
    }


def _object_problems(
    path: str, value: object, kind: type[Users | User | UserGroup]
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield wrong_type(path, value, "an object")
        return
    known = _keys(kind)
    for key in value:
        if key not in known:
            message = f"is not a valid key; the keys are {list(known)}"
            yield _file_problem(f"{path}.{key}", key, message, "correct or remove it")
    for key, is_needed in known.items():
        if is_needed and key not in value:
            yield _file_problem(f"{path}.{key}", None, "is required", "add this key")


def _file_problem(path: str, value: object, message: str, fix: str) -> Problem:
    """The file must be valid JSON with the keys of `Users`, `User` and `UserGroup`."""
    return Problem(code="UsersFile", path=path, value=value, message=message, fix=fix)
