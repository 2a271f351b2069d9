"""Where an argument of the model is in a CreateCluster request, a template or a form.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hyperpod_constructs.model.argument_path import steps_of
from hyperpod_constructs.model.problem import Problem

from .cluster import CLUSTER
from .json_values import value_at
from .kinds import Kind, ListOf, SingleEntry
from .shapes import OneOf, Properties, Shape

PropertyPath = tuple[str | int, ...]


@dataclass(slots=True)
class _Argument:
    """The properties that an argument becomes.

    Attributes:
        paths: Paths below that of the outer argument; where there are several, the first that the
            document has.
        inner: The arguments within it.
        entries: Where a list holds other things as well, the keys of the entries of this argument.
    """

    paths: list[PropertyPath] = field(default_factory=list)
    inner: "dict[str, _Argument]" = field(default_factory=dict)
    entries: Sequence[str] = ()


_OTHER_NAMES: Mapping[str, Mapping[str, PropertyPath]] = {
    "": {
        "vpc": ("VpcConfig",),
        "vpc_subnets": ("VpcConfig", "Subnets"),
        "security_groups": ("VpcConfig", "SecurityGroupIds"),
    },
    "instance_groups": {"instance_type": ("InstanceRequirements", "InstanceTypes")},
}
"""Further names of arguments, and further properties that they become."""


@cache
def _cluster() -> _Argument:
    cluster = _Argument(inner=_arguments(CLUSTER.properties))
    for outer, names in _OTHER_NAMES.items():
        inner = cluster.inner[outer].inner if outer else cluster.inner
        for name, path in names.items():
            inner.setdefault(name, _Argument()).paths.append(path)
    return cluster


def _arguments(properties: Properties, *outer: str) -> dict[str, _Argument]:
    """The arguments that the properties of an object become."""
    found: dict[str, _Argument] = {}
    for path, row in properties.flat_rows(*outer):
        for name in row.names or (row.attribute,):
            entries = (row.arguments or {}).get(name, ())
            index = (0,) if isinstance(row.kind, SingleEntry) else ()
            _add(
                found,
                name,
                _Argument([(*path, *index)], _arguments_within(row.kind, entries), entries),
            )
    return found


def _arguments_within(kind: Kind, entries: Sequence[str] = ()) -> dict[str, _Argument]:
    match kind:
        case ListOf():
            return _arguments_within(kind.entry, entries)
        case Shape():
            return _arguments(kind.properties)
        case OneOf():
            found: dict[str, _Argument] = {}
            for key in entries or kind.kinds:
                shape = kind.kinds[key]
                if isinstance(shape, Shape):
                    for name, argument in _arguments(shape.properties, key).items():
                        _add(found, name, argument)
            return found
        case _:
            return {}


def _add(arguments: dict[str, _Argument], name: str, more: _Argument) -> None:
    """Adds what an argument becomes to what it is known to become."""
    argument = arguments.setdefault(name, _Argument(entries=more.entries))
    argument.paths += more.paths
    argument.inner |= more.inner


def property_names() -> dict[str, str]:
    """The property that each argument becomes, by name."""
    return dict(_property_names(_cluster()))


def _property_names(outer: _Argument) -> Iterator[tuple[str, str]]:
    for name, argument in outer.inner.items():
        yield from _property_names(argument)
        keys = [step for step in argument.paths[0] if isinstance(step, str)]
        yield name, keys[-1]


_FORM_ARGUMENTS = ("provisioning_params", "orchestrator.slurm_configurations", "file_systems")


def property_path(argument: str, document: Any) -> PropertyPath:
    """The property of a request that an argument became, or the nearest one around it.

    Args:
        argument: Path of the argument, such as `instance_groups[2].partition`; or already that of
            a property, as what is wrong with the request itself has it.
        document: The request, or the properties of the resource.
    """
    if argument[:1].isupper():
        return steps(argument)
    if argument.startswith(_FORM_ARGUMENTS):
        return ()
    path: PropertyPath = ()
    known = _cluster()
    for step in steps_of(argument):
        if isinstance(step, int):
            path = (*path, _entry(value_at(document, *path), step, known.entries))
        elif step in known.inner:
            known = known.inner[step]
            choices = [(*path, *inner) for inner in known.paths]
            path = next(
                (each for each in choices if value_at(document, *each) is not None), choices[0]
            )
        else:
            break
    return _within_values(document, path)


def form_path(problem: Problem, form: Mapping[str, Any]) -> PropertyPath:
    """The field of the provisioning form that a problem is about, or the form as a whole."""
    argument = problem.path
    if argument.startswith("file_systems"):
        values = problem.value if isinstance(problem.value, list) else [problem.value]
        return next(((key,) for key, value in form.items() if "fsx" in key and value in values), ())
    return steps(argument.removeprefix("provisioning_params").removeprefix("orchestrator"))


_PARTITION = r"instance_groups\[(\d+)\]\.partition"


def partition_path(argument: str, document: Any, form: Mapping[str, Any]) -> PropertyPath | None:
    """The field of the form that specifies a partition; None if the request specifies it."""
    match = re.fullmatch(_PARTITION, argument)
    group = value_at(document, "InstanceGroups", int(match[1])) if match else None
    workers = form.get("worker_groups")
    if not isinstance(group, Mapping) or "SlurmConfig" in group or not isinstance(workers, list):
        return None
    name = group.get("InstanceGroupName")
    return next(
        (
            ("worker_groups", index, "partition_name")
            for index, worker in enumerate(workers)
            if isinstance(worker, Mapping) and worker.get("instance_group_name") == name
        ),
        None,
    )


def is_about_form(problem: Problem) -> bool:
    """Whether a problem of a cluster with a form is one of the form."""
    return problem.path.startswith(_FORM_ARGUMENTS)


_KEY_STEP = r"""(\w+)|\[(\d+)\]|\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]"""


def steps(text: str) -> PropertyPath:
    """`InstanceGroups[2].InstanceCount` in its parts; a key such as `['a.b']` is one."""
    return tuple(
        int(index) if index else literal_eval(quoted) if quoted else name
        for name, index, quoted in re.findall(_KEY_STEP, text)
    )


def dotted(path: Iterable[str | int]) -> str:
    """The parts as one line of text, such as `InstanceGroups[2].InstanceCount`."""
    text = "".join(
        f".{step}" if isinstance(step, str) and step and step.isprintable() else f"[{step!r}]"
        for step in path
    )
    return text.removeprefix(".")


def _entry(entries: Any, number: int, keys: Sequence[str]) -> int:
    """The index in the document of the numbered entry that has one of the keys."""
    if not keys or not isinstance(entries, list):
        return number
    meant = [
        index
        for index, entry in enumerate(entries)
        if isinstance(entry, Mapping) and any(key in entry for key in keys)
    ]
    return meant[number] if number < len(meant) else number


def _within_values(document: Any, path: PropertyPath) -> PropertyPath:
    """The path up to a value that cannot have the next step, or a list without its last step."""
    for length, step in enumerate(path):
        match step, document:
            case str(), Mapping() if step in document:
                document = document[step]
            case int(), list() if step < len(document):
                document = document[step]
            case str(), Mapping():
                return path
            case int(), list() if length < len(path) - 1:
                return path
            case _:
                return path[:length]
    return path
