"""Validation of where lifecycle scripts are, and of their entry point."""

from collections.abc import Iterator
from os import PathLike

from hyperpod_constructs.cdk.object_checks import BUCKET, optional
from hyperpod_constructs.model.key_prefix import key_prefix_problems
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.type_checks import wrong_type


def entry_point_problems(on_create: object, on_init_complete: object) -> Iterator[Problem]:
    """A node runs either `on_create` or `on_init_complete`, a script in the folder."""
    for name, script in (("on_create", on_create), ("on_init_complete", on_init_complete)):
        path = f"lifecycle_scripts.{name}"
        yield from optional(path, script, str)
        if script == "":
            yield entry_point_problem(path, script, "must be the name of a script")
    if on_create is not None and on_init_complete is not None:
        yield entry_point_problem(
            "lifecycle_scripts.on_init_complete",
            on_init_complete,
            f"cannot be specified together with on_create={on_create!r}",
            fix="omit one of them",
        )


def entry_point_problem(path: str, value: object, message: str, fix: str = "omit it") -> Problem:
    """A node runs one script of the folder."""
    return Problem(code="LifecycleEntryPoint", path=path, value=value, message=message, fix=fix)


def path_problems(argument: str, path: object) -> Iterator[Problem]:
    """A folder must be specified by its path."""
    if not isinstance(path, str | PathLike) or not str(path):
        yield wrong_type(argument, path, "a path, such as 'site_scripts'")


def delivery_problems(bucket: object, prefix: object, overlay: object = None) -> Iterator[Problem]:
    """The bucket, prefix and overlay must be of their types."""
    yield from optional("lifecycle_scripts.bucket", bucket, BUCKET)
    yield from key_prefix_problems("lifecycle_scripts.prefix", prefix)
    if overlay is not None:
        yield from path_problems("lifecycle_scripts.overlay", overlay)
